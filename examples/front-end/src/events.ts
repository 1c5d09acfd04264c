import { streamEvents, type Event } from './api';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Call back with every event from now on, in order and none twice, until the signal says to stop. */
export async function follow(onEvent: (event: Event) => void, signal: AbortSignal): Promise<void> {
  let last: number | undefined;
  while (!signal.aborted) {
    const { stream } = await streamEvents({
      signal,
      headers: { 'Last-Event-ID': last },
      // A message without data names the place to go on from.
      onSseEvent: ({ id }) => (last = id === undefined ? last : Number(id)),
      // Each attempt of ours begins with the token that is good by then.
      sseMaxRetryAttempts: 1,
    });
    for await (const event of stream) onEvent(event);
    await pause(1000);
  }
}
