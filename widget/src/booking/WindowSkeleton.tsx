import { Skeleton } from '../components/Skeleton';

/** The booking window's shape, while what it shows is read. */
export function WindowSkeleton() {
  return (
    <div className="booking-window booking-body">
      <div className="booking-what">
        <Skeleton lines={9} />
      </div>
      <div className="booking-main">
        <Skeleton lines={3} />
        <Skeleton lines={6} />
      </div>
    </div>
  );
}
