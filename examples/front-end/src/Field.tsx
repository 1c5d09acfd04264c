import { useId, type ComponentProps } from 'react';

type Props = ComponentProps<'input'> & { label: string; fault: string | undefined };

/** A labelled input with its fault beside it, for eyes and for screen readers. */
export function Field({ label, fault, ...input }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} aria-invalid={fault !== undefined} aria-describedby={fault && `${id}-fault`} {...input} />
      {fault && (
        <p id={`${id}-fault`} className="fault">
          {label} {fault}.
        </p>
      )}
    </div>
  );
}
