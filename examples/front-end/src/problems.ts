import type { Problem } from './api';
import { API } from './session';

/** Return what to say of an error: the service's own words, or why there are none. */
export function sentence(error: Problem | undefined): string {
  // A browser tells no script whether a service is away or did not list the origin.
  if (!error?.detail) {
    return `${API} does not answer ${location.origin}: is it running, and does CORS_ORIGINS list this origin?`;
  }
  return error.detail;
}

/** Return what is wrong with one field, if it is at fault. */
export const faultOf = (error: Problem | undefined, field: string): string | undefined =>
  error?.errors?.find((fault) => fault.field === field)?.message;
