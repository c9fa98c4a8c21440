import './Skeleton.css';

/** The shape of what is being loaded, in so many lines. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-busy="true">
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing but their place
        <div key={line} className="skeleton-line" />
      ))}
    </div>
  );
}
