import { useState, type SubmitEvent } from 'react';
import { signIn, signUp, type Problem } from './api';
import { Field } from './Field';
import { faultOf, sentence } from './problems';
import { keep } from './session';

export function SignIn({ onSignedIn }: { onSignedIn: () => void }) {
  const [isNew, setNew] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const [message, setMessage] = useState<string>();
  const [problem, setProblem] = useState<Problem>();

  async function submit(event: SubmitEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const body = { username: String(form.get('username')), password: String(form.get('password')) };
    setBusy(true);
    const { data, error } = await (isNew ? signUp({ body }) : signIn({ body }));
    setBusy(false);
    setProblem(error);
    if (data && keep(data)) onSignedIn();
    else setMessage(data ? 'An administrator will let you in; sign in then.' : sentence(error));
  }

  return (
    <form onSubmit={submit} className="card">
      <h1>{isNew ? 'Create an account' : 'Sign in'}</h1>
      {message && <p role="alert">{message}</p>}
      <Field label="Username" name="username" autoComplete="username" required fault={faultOf(problem, 'username')} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete={isNew ? 'new-password' : 'current-password'}
        required
        fault={faultOf(problem, 'password')}
      />
      <button disabled={isBusy}>{isNew ? 'Create it' : 'Sign in'}</button>
      <button type="button" className="quiet" onClick={() => setNew(!isNew)}>
        {isNew ? 'I have an account' : 'I have no account yet'}
      </button>
    </form>
  );
}
