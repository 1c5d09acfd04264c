import { useEffect, useState } from 'react';
import { SignIn } from './SignIn';
import { Tasks } from './Tasks';
import { isKept, leave } from './session';

export function App() {
  const [isSignedIn, setSignedIn] = useState(isKept);

  useEffect(() => {
    const show = () => setSignedIn(false);
    window.addEventListener('signed-out', show);
    return () => window.removeEventListener('signed-out', show);
  }, []);

  return (
    <>
      <header>
        <strong>Satchel</strong>
        {isSignedIn && (
          <button className="quiet" onClick={() => leave().finally(() => setSignedIn(false))}>
            Sign out
          </button>
        )}
      </header>
      <main>{isSignedIn ? <Tasks /> : <SignIn onSignedIn={() => setSignedIn(true)} />}</main>
    </>
  );
}
