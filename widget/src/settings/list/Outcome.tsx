import type { ReactNode } from 'react';
import type { Asking } from '../../api/asking';
import { Failure } from '../../components/Failure';
import { Note } from '../../components/Note';
import { Progress } from '../../components/Progress';

type Told = Record<string, unknown>;

interface Props<What> {
  asking: Asking<What>;
  /** What is under way, in words: "Repairing, 12 done so far". */
  busy(progress: Told): string;
  /** How far it is, from 0 to 1, where that is known. */
  done?(progress: Told): number | undefined;
  /** Whether something was left as it was. */
  isPartial?(result: Told): boolean;
  /** What came of it. */
  children(result: Told): ReactNode;
}

/** What came of something that was asked for, or how far it is. It stands near where it was asked for. */
export function Outcome<What>({ asking, busy, done, isPartial, children }: Props<What>) {
  if (asking.error) {
    return <Failure error={asking.error} />;
  }
  if (asking.isBusy) {
    const progress = asking.progress ?? {};
    const far = done?.(progress);
    return <Progress label={busy(progress)} {...(far === undefined ? {} : { done: far })} />;
  }
  return asking.result ? (
    <Note tone={isPartial?.(asking.result) ? 'warning' : 'success'}>{children(asking.result)}</Note>
  ) : null;
}
