import { useCallback, useEffect, useRef, useState, type SubmitEvent } from 'react';
import { createTask, getTask, listTasks, type Event, type Problem, type Task } from './api';
import { Field } from './Field';
import { follow } from './events';
import { nextCursor } from './paging';
import { faultOf, sentence } from './problems';

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export function Tasks() {
  const [tasks, setTasks] = useState<Task[]>([]);
  const [cursor, setCursor] = useState<string>();
  const [message, setMessage] = useState<string>();

  const put = (task: Task) =>
    setTasks((all) => [task, ...all.filter(({ id }) => id !== task.id)].sort((a, b) => b.id - a.id));
  const drop = (id: number) => setTasks((all) => all.filter((task) => task.id !== id));

  const load = useCallback(async (from?: string) => {
    const { data, error, response } = await listTasks({ query: { limit: 10, cursor: from } });
    if (!data) return setMessage(sentence(error));
    setTasks((all) => (from ? [...all, ...data] : data));
    setCursor(nextCursor(response));
    setMessage(undefined);
  }, []);

  useEffect(() => {
    const leaving = new AbortController();
    void load();
    const show = async ({ type, subject }: Event) => {
      if (subject.type !== 'task') return;
      if (type === 'task.deleted') return drop(subject.id);
      const { data } = await getTask({ path: { taskId: subject.id } });
      if (data) put(data);
    };
    void follow(load, show, leaving.signal);
    return () => leaving.abort();
  }, [load]);

  return (
    <>
      <h1>Tasks</h1>
      <NewTask onCreated={put} />
      {message && <p role="alert">{message}</p>}
      <ul aria-label="Tasks">
        {tasks.map(({ id, title, status, priority, createdAt }) => (
          <li key={id} className="card">
            <span className="title">{title}</span>
            <span className="hint">
              {status.replace('_', ' ')} · {priority} · <time dateTime={createdAt}>{day.format(new Date(createdAt))}</time>
            </span>
          </li>
        ))}
      </ul>
      {cursor && (
        <button className="quiet" onClick={() => load(cursor)}>
          Show more
        </button>
      )}
    </>
  );
}

function NewTask({ onCreated }: { onCreated: (task: Task) => void }) {
  const [title, setTitle] = useState('');
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const [message, setMessage] = useState<string>();
  // One key for one title: sent again after a failure, it makes no second task.
  const key = useRef(crypto.randomUUID());

  function write(text: string) {
    setTitle(text);
    key.current = crypto.randomUUID();
  }

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    setBusy(true);
    const { data, error } = await createTask({ body: { title }, headers: { 'Idempotency-Key': key.current } });
    setBusy(false);
    setProblem(error);
    setMessage(data || error?.errors?.length ? undefined : sentence(error));
    if (data) {
      onCreated(data);
      write('');
    }
  }

  return (
    <form onSubmit={submit} className="line">
      <Field label="New task" value={title} onChange={(event) => write(event.target.value)} fault={faultOf(problem, 'title')} />
      <button disabled={isBusy}>Add</button>
      {message && <p role="alert">{message}</p>}
    </form>
  );
}
