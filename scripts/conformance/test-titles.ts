import ts from 'typescript';

/** A test as it stands in a file, found without running it. */
export interface DeclaredTest {
  /** The titles from the outermost `describe` in, joined by ` > `; placeholders of `each` as written. */
  readonly name: string;
  /** Why it might not run although it is there; undefined: nothing keeps it from running. */
  readonly doubt?: string;
  /** Matches the name with anything in the place of its placeholders. Undefined: it has none. */
  readonly pattern?: RegExp;
}

export interface TestFile {
  readonly tests: readonly DeclaredTest[];
  /** Every string and number written in the file: what a placeholder may stand for. */
  readonly literals: ReadonlySet<string>;
}

const SUITES: ReadonlySet<string> = new Set(['describe', 'suite']);
const TESTS: ReadonlySet<string> = new Set(['it', 'test']);
/** Placeholders of vitest's `each`: printf's, and `$name` or `$name.of.name`. */
const PLACEHOLDER = /%[sdifjoO#$c]|\$(?:[A-Za-z_][A-Za-z0-9_]*|\d+)(?:\.[A-Za-z0-9_]+)*/g;
/** Stands for `${…}` of a template until the pattern is made. */
const HOLE = '\uFFFC';

/**
 * Lists the tests a file declares, whatever the nesting of `describe`, and says of each whether something may keep it
 * from running: `skip`, `todo`, `fails`, `skipIf`, `runIf`, a declaration under a condition, a call of `skip()` in its
 * body, an `only` elsewhere in the file.
 */
export function listTests(source: string, fileName: string): TestFile {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const found: { title: string[]; doubt: string | undefined; focused: boolean; each: boolean }[] = [];
  const literals = new Set<string>();
  let anyFocus = false;

  const visit = (
    node: ts.Node,
    outer: readonly string[],
    doubt: string | undefined,
    focused: boolean,
    each: boolean,
  ): void => {
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) literals.add(node.text);
    const declaration = ts.isCallExpression(node) ? declarationOf(node) : undefined;
    if (declaration === undefined) {
      const inner = isCondition(node) ? (doubt ?? 'it is declared under a condition') : doubt;
      ts.forEachChild(node, (child) => visit(child, outer, inner, focused, each));
      return;
    }
    const title = [...outer, declaration.title];
    const own = doubt ?? declaration.doubt;
    const inFocus = focused || declaration.focused;
    const inEach = each || declaration.each;
    anyFocus ||= declaration.focused;
    if (declaration.kind === 'test') {
      const skips = skipsInside(node) ? 'it may skip itself' : undefined;
      found.push({ title, doubt: own ?? skips, focused: inFocus, each: inEach });
      collectLiterals(node, literals);
    } else {
      ts.forEachChild(node, (child) => visit(child, title, own, inFocus, inEach));
    }
  };
  visit(file, [], undefined, false, false);

  const tests = found.map(({ title, doubt, focused, each }): DeclaredTest => {
    const joined = title.join(' > ');
    const reason = doubt ?? (anyFocus && !focused ? 'another test of the file has .only' : undefined);
    const pattern = patternOf(joined, each);
    return {
      name: joined.replaceAll(HOLE, '…'),
      ...(reason !== undefined && { doubt: reason }),
      ...(pattern !== undefined && { pattern }),
    };
  });
  return { tests, literals };
}

/**
 * Finds the test a citation names: by its title as written, or as `each` fills it in. A filled-in title counts only
 * when what stands in the place of the placeholders is written in the file, so that a row taken out of a table is missed.
 */
export function findTest({ tests, literals }: TestFile, name: string): DeclaredTest | undefined {
  const exact = tests.find((test) => test.name === name);
  if (exact !== undefined) return exact;
  return tests.find(({ pattern }) => {
    const match = pattern?.exec(name);
    return match?.slice(1).every((part) => literals.has(part)) === true;
  });
}

interface Declaration {
  readonly kind: 'suite' | 'test';
  readonly title: string;
  readonly doubt: string | undefined;
  readonly focused: boolean;
  readonly each: boolean;
}

function declarationOf(call: ts.CallExpression): Declaration | undefined {
  const words = wordsOf(call.expression);
  const [root = ''] = words;
  if (!SUITES.has(root) && !TESTS.has(root)) return undefined;
  // `it.each(rows)` alone declares nothing yet: the call around it does.
  const outermost = ts.isCallExpression(call.parent) && call.parent.expression === call;
  const tagged = ts.isTaggedTemplateExpression(call.parent) && call.parent.tag === call;
  if (outermost || tagged || call.arguments.length < 1) return undefined;
  const title = titleOf(call.arguments[0]);
  if (title === undefined) return undefined;
  const modifier = words.find((word) => ['skip', 'todo', 'fails', 'skipIf', 'runIf'].includes(word)) ?? optionOf(call);
  const body = call.arguments.length > 1;
  return {
    kind: SUITES.has(root) ? 'suite' : 'test',
    title,
    doubt: modifier !== undefined ? `it is marked ${modifier}` : body ? undefined : 'it has no body',
    focused: words.includes('only'),
    each: words.includes('each') || words.includes('for'),
  };
}

/** `it.concurrent.each(rows)` as `['it', 'concurrent', 'each']`; empty when it begins with something else. */
function wordsOf(expression: ts.Expression): string[] {
  if (ts.isIdentifier(expression)) return [expression.text];
  if (ts.isPropertyAccessExpression(expression)) return [...wordsOf(expression.expression), expression.name.text];
  if (ts.isCallExpression(expression)) return wordsOf(expression.expression);
  if (ts.isTaggedTemplateExpression(expression)) return wordsOf(expression.tag);
  return [];
}

function titleOf(argument: ts.Expression | undefined): string | undefined {
  if (argument === undefined) return undefined;
  if (ts.isStringLiteralLike(argument)) return argument.text;
  if (ts.isTemplateExpression(argument)) {
    return argument.head.text + argument.templateSpans.map((span) => HOLE + span.literal.text).join('');
  }
  return undefined;
}

/** `{ skip: true }` and its kin as the second argument. */
function optionOf(call: ts.CallExpression): string | undefined {
  for (const argument of call.arguments.slice(1)) {
    if (!ts.isObjectLiteralExpression(argument)) continue;
    for (const property of argument.properties) {
      const name = property.name !== undefined && ts.isIdentifier(property.name) ? property.name.text : '';
      if (['skip', 'todo', 'fails'].includes(name)) return name;
    }
  }
  return undefined;
}

function isCondition(node: ts.Node): boolean {
  return ts.isIfStatement(node) || ts.isConditionalExpression(node) || ts.isSwitchStatement(node);
}

/** A call of `skip(…)` or `context.skip(…)` anywhere in a test. */
function skipsInside(test: ts.Node): boolean {
  let skips = false;
  const look = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      const { expression } = node;
      const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
      if (name === 'skip') skips = true;
    }
    if (!skips) ts.forEachChild(node, look);
  };
  ts.forEachChild(test, look);
  return skips;
}

function collectLiterals(node: ts.Node, into: Set<string>): void {
  if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) into.add(node.text);
  ts.forEachChild(node, (child) => collectLiterals(child, into));
}

function patternOf(title: string, each: boolean): RegExp | undefined {
  const parts = (each ? title.replaceAll(PLACEHOLDER, HOLE) : title).split(HOLE);
  if (parts.length === 1) return undefined;
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('(.+)')}$`);
}
