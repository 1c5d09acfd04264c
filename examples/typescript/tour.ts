// A tour of the API with the generated client: node tour.ts http://127.0.0.1:8080
import { createTask, listTasks, me, signUp, type Problem, type Task } from './api/index.ts';
import { client } from './api/client.gen.ts';

let accessToken: string | undefined;
client.setConfig({ baseUrl: process.argv[2] ?? 'http://127.0.0.1:8080', auth: () => accessToken });

// Signing up. With throwOnError an answer that is none throws, and `data` is never undefined.
const username = `tourist-${crypto.randomUUID().slice(0, 8)}`;
const password = 'correct horse battery staple';
const { data: signedIn } = await signUp({ body: { username, password }, throwOnError: true });
accessToken = signedIn.accessToken;
const { data: person } = await me({ throwOnError: true });
console.log(`signed in as ${person.role}`);

// Creating, twice with one key: the second request gets the answer of the first.
const headers = { 'Idempotency-Key': crypto.randomUUID() };
const body = { title: 'Water the plants', priority: 'high' as const };
const first = await createTask({ body, headers, throwOnError: true });
const again = await createTask({ body, headers, throwOnError: true });
console.log(`one task: ${first.data.id === again.data.id}, replayed: ${again.response.headers.get('Idempotent-Replayed')}`);

// Reading a list to its end: the Link header of each page leads to the next one.
await createTask({ body: { title: 'Feed the cat' }, throwOnError: true });
const tasks: Task[] = [];
let cursor: string | undefined;
do {
  const page = await listTasks({ query: { limit: 1, creatorId: 'me', cursor }, throwOnError: true });
  tasks.push(...page.data);
  const next = /<([^>]*)>; rel="next"/.exec(page.response.headers.get('Link') ?? '')?.[1];
  cursor = next && (new URL(next, page.response.url).searchParams.get('cursor') ?? undefined);
} while (cursor);
console.log(`read: ${tasks.map(({ title }) => title).join(', ')}`);

// Being refused. Without throwOnError an error is a value, and every error is a Problem.
const { error } = await createTask({ body: { title: '' } });
const problem: Problem | undefined = error;
for (const { field, message } of problem?.errors ?? []) console.log(`${problem?.status}: ${field} ${message}`);
