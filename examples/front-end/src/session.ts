import { refresh, signOut, type SignedIn } from './api';
import { client } from './api/client.gen';

export const API: string = import.meta.env.VITE_API;

const KEPT = 'refreshToken';
let accessToken: string | undefined;
let renewal: Promise<boolean> | undefined;

/** Keep what sign-in, sign-up and refresh answer: the short-lived token in memory, its successor in this tab. */
export function keep({ accessToken: access, refreshToken }: SignedIn): boolean {
  accessToken = access;
  // An account that waits for approval has no tokens yet.
  if (refreshToken) sessionStorage.setItem(KEPT, refreshToken);
  return access !== undefined;
}

export const isKept = () => sessionStorage.getItem(KEPT) !== null;

/** End the session everywhere; what this tab knows of it is gone whether the service hears of it or not. */
export async function leave(): Promise<void> {
  await signOut();
  forget();
}

function forget(): void {
  accessToken = undefined;
  sessionStorage.removeItem(KEPT);
}

async function renew(): Promise<boolean> {
  const refreshToken = sessionStorage.getItem(KEPT);
  if (!refreshToken) return false;
  const { data, response } = await refresh({ body: { refreshToken }, fetch });
  if (data) return keep(data);
  // Anything but a refusal may pass: the token is still good.
  if (response?.status === 401) {
    forget();
    window.dispatchEvent(new globalThis.Event('signed-out'));
  }
  return false;
}

/** A refresh token works once, and whoever shows it again is taken for a thief: all requests wait for one renewal. */
function renewOnce(): Promise<boolean> {
  renewal ??= renew().finally(() => (renewal = undefined));
  return renewal;
}

function authorized(request: Request): Request {
  if (accessToken) request.headers.set('Authorization', `Bearer ${accessToken}`);
  return request;
}

/** Send the access token along. If it is no longer good, send the request once more with the next one. */
async function fetchAsMe(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init);
  const again = request.clone(); // a body can be read only once
  const used = accessToken;
  const answer = await fetch(authorized(request));
  if (answer.status !== 401) return answer;
  // Another request may have renewed it meanwhile.
  const isRenewed = used !== accessToken ? accessToken !== undefined : await renewOnce();
  return isRenewed ? fetch(authorized(again)) : answer;
}

client.setConfig({ baseUrl: API, fetch: fetchAsMe });
