/** Return where the next page begins, as the Link header of this one says (RFC 8288); nothing on the last. */
export function nextCursor(response: Response | undefined): string | undefined {
  const next = /<([^>]*)>; rel="next"/.exec(response?.headers.get('Link') ?? '')?.[1];
  return next && (new URL(next, response?.url).searchParams.get('cursor') ?? undefined);
}
