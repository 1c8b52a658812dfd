import { type UseFormInput, type UseFormReturnType, useForm } from '@mantine/form';
import { useState } from 'react';
import { fieldFaults } from './problem.ts';

export interface ApiForm<V extends object> {
  readonly form: UseFormReturnType<V>;
  /** For the form's `onSubmit`. */
  readonly submit: (event?: React.FormEvent<HTMLFormElement>) => void;
  readonly isSending: boolean;
  /** What was refused and belongs to no field, for a ProblemAlert. */
  readonly problem: unknown;
  readonly clearProblem: () => void;
}

/**
 * A form whose faults come from the server: every fault of a refused request stands at its field, the others in `problem`;
 * what was typed stays. Fields are named like the members of the request's body.
 * @param options.send makes the request; what it throws is shown
 * @param options.fieldOf fields for refusals that name none, by code, e.g. `{'user-exists': 'name'}`
 */
export function useApiForm<V extends object>(
  options: UseFormInput<V> & {
    readonly send: (values: V) => Promise<unknown>;
    readonly fieldOf?: Readonly<Record<string, string>>;
  },
): ApiForm<V> {
  const { send, fieldOf, ...input } = options;
  const form = useForm<V>({ mode: 'controlled', ...input });
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>();

  const handle = form.onSubmit(
    async (values) => {
      setSending(true);
      setProblem(undefined);
      try {
        await send(values);
      } catch (error) {
        const faults = fieldFaults(error, fieldOf);
        const known = Object.entries(faults).flatMap(([path, fault]): [string, string][] => {
          const field = nearestField(path, (one) => form.getInputNode(one) !== null);
          return field === undefined ? [] : [[field, fault]];
        });
        form.setErrors(Object.fromEntries(known));
        if (known.length === 0 || known.length < Object.keys(faults).length) setProblem(error);
        form.getInputNode(known[0]?.[0] ?? '')?.focus();
      } finally {
        setSending(false);
      }
    },
    (errors) => form.getInputNode(Object.keys(errors)[0] ?? '')?.focus(),
  );
  return { form, submit: handle, isSending, problem, clearProblem: () => setProblem(undefined) };
}

/** The field of a fault, or of what it is an item of: a list may be typed into one field. */
function nearestField(path: string, exists: (path: string) => boolean): string | undefined {
  for (let end = path.length; end > 0; end = path.lastIndexOf('.', end - 1)) {
    const field = path.slice(0, end);
    if (exists(field)) return field;
  }
  return undefined;
}
