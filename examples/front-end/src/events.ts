import { streamEvents, type Event } from './api';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Call back with every event from now on, in order and none twice, until the signal says to stop.
 *
 * What is read after `onStart` is no older than the first event: nothing falls between.
 */
export async function follow(
  onStart: () => void,
  onEvent: (event: Event) => void,
  signal: AbortSignal,
): Promise<void> {
  let last: number | undefined;
  while (!signal.aborted) {
    const { stream } = await streamEvents({
      signal,
      headers: { 'Last-Event-ID': last },
      // The first message has no data, and names the place to go on from.
      onSseEvent: ({ id }) => {
        if (id === undefined) return;
        if (last === undefined) onStart();
        last = Number(id);
      },
      // Each attempt of ours begins with the token that is good by then.
      sseMaxRetryAttempts: 1,
    });
    for await (const event of stream) onEvent(event);
    await pause(1000);
  }
}
