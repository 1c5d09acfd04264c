import { defineConfig } from '@hey-api/openapi-ts';

export default defineConfig({
  input: '../openapi.json',
  output: 'src/api',
  plugins: ['@hey-api/client-fetch', '@hey-api/typescript', '@hey-api/sdk'],
  parser: {
    patch: {
      operations: {
        // OpenAPI 3.1 has no word for what the messages of a stream hold: each is an event.
        'GET /api/v1/events': (operation) => {
          const answer = operation.responses?.['200'] as { content: Record<string, object> };
          answer.content['text/event-stream'] = { schema: { $ref: '#/components/schemas/Event' } };
        },
      },
    },
  },
});
