import type { AlertCommand, Data } from '../../syncml/message.ts';

/** Alert codes that ask the user something (OMA-TS-DM_Protocol, user interaction commands). */
export const USER_ALERTS = { display: 1100, confirm: 1101, input: 1102, choice: 1103, choices: 1104 } as const;

export function isUserAlert(code: number): boolean {
  return code >= USER_ALERTS.display && code <= USER_ALERTS.choices;
}

/** What stands on the screen. */
export interface Question {
  readonly code: number;
  readonly text: string;
  /** Of a choice, in order. */
  readonly choices: readonly string[];
  /** The first Item's parameters, e.g. `DR` (default response) and `MAXDT`. */
  readonly options: ReadonlyMap<string, string>;
}

/** `yes` confirms or takes note; a text is typed in; numbers choose, the first being 1. */
export type UserAnswer =
  | 'yes'
  | 'no'
  | 'cancel'
  | 'timeout'
  | { readonly text: string }
  | { readonly chosen: number[] };

export type User = (question: Question) => UserAnswer;

/** Agrees to everything: confirms, takes the default answer when there is one, else the first choice. */
export const agreeableUser: User = ({ code, options, choices }) => {
  const preset = options.get('DR');
  if (code === USER_ALERTS.input) return { text: preset ?? '' };
  if (code === USER_ALERTS.choice || code === USER_ALERTS.choices) {
    const chosen = (preset ?? '1').split('-').map(Number);
    return { chosen: chosen.filter((number) => number >= 1 && number <= choices.length) };
  }
  return 'yes';
};

/** Gives one answer after the other, then agrees to everything. */
export function scriptedUser(answers: readonly UserAnswer[]): User {
  let next = 0;
  return (question) => answers[next++] ?? agreeableUser(question);
}

export interface AlertAnswer {
  readonly status: number;
  /** Data of the Status' Items: the text typed or the numbers chosen. */
  readonly data: readonly string[];
}

/** Shows a user interaction Alert and puts the user's answer into the status that stands for it. */
export function askUser(alert: AlertCommand, user: User): AlertAnswer {
  const [options, text, ...choices] = alert.items.map((item) => textOf(item.data));
  // Without an Item to show there is nothing to answer.
  if (text === undefined) return { status: 400, data: [] };
  const answer = user({ code: alert.code, text, choices, options: new Map(new URLSearchParams(options ?? '')) });
  switch (answer) {
    case 'yes':
      return { status: 200, data: [] };
    case 'no':
      return { status: 304, data: [] };
    case 'cancel':
      return { status: 214, data: [] };
    case 'timeout':
      return { status: 408, data: [] };
    default:
      return { status: 200, data: 'text' in answer ? [answer.text] : answer.chosen.map(String) };
  }
}

function textOf(data: Data | undefined): string {
  return typeof data === 'string' ? data : '';
}
