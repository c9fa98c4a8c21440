import { type Context, useContext } from 'react';

/** What stands around a component, `named` for the error that is thrown where it does not. */
export function useAround<T>(context: Context<T | null>, named: string): T {
  const value = useContext(context);
  if (value === null) {
    throw new Error(`there is no ${named} around`);
  }
  return value;
}
