/** Bookdeal's API: every route with its types, as docs/openapi.json describes it. */

import createClient, { type Client } from 'openapi-fetch';
import { createContext } from 'react';
import { useAround } from '../around';
import type { Host } from '../host/host';
import type { Error as ErrorBody, paths } from './schema';

export type Api = Client<paths>;
export type Params = Record<string, string | number>;

export interface Fault {
  code: string;
  /** A path in what was sent, such as `parts.0.starts_at`; "" for all of it. */
  field: string;
  params: Params;
}

/** A refusal of the API's: a code with parameters, of which the texts `errors.<code>` tell. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly params: Params,
    /** All that is wrong with what was sent, where the answer names it. */
    readonly faults: readonly Fault[],
  ) {
    super(code);
  }

  /** What is wrong with one field. */
  faultOf(field: string): Fault | undefined {
    return this.faults.find(fault => fault.field === field);
  }
}

export function apiOf(host: Host): Api {
  return createClient<paths>({ baseUrl: host.brand.api, fetch: host.request });
}

/**
 * The data of an answer.
 *
 * Throws ApiError for a refusal, PageError when no answer came.
 */
export async function answered<T>(asked: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await asked;
  if (response.ok) {
    return data as T;
  }
  const body = (error as Partial<ErrorBody> | undefined)?.error;
  const code = body?.code ?? (response.status >= 500 ? 'internal' : 'unexpected');
  const params = body?.params ?? {};
  const field = body?.field ? [{ code, field: body.field, params }] : [];
  throw new ApiError(response.status, code, params, body?.faults ?? field);
}

export const ApiContext = createContext<Api | null>(null);

export const useApi = (): Api => useAround(ApiContext, 'API');
