import { texts } from '../../texts.ts';

const words = texts.ota;

/** A field's name, by the section where it needs a word of its own there. */
export function fieldLabel(section: string, name: string): string {
  return words.fields[`${section}.${name}`] ?? words.fields[name] ?? name;
}

/** What stands in an empty field: what it counts as; undefined where that says nothing. */
export function usualOf(section: string, name: string): string | undefined {
  return words.usuals[`${section}.${name}`] ?? words.usuals[name];
}

/** What has to be known of a field beside its name. */
export function hintOf(section: string, name: string): string | undefined {
  return words.hints[`${section}.${name}`] ?? words.hints[name];
}

/** Where in the form something is, by its path there: `settings.sync.databases.0.uri` is "SyncML › Database 1 › Name on the server". */
export function fieldPlace(path: string): string {
  const [root = '', section = '', ...names] = path.split('.');
  if (root !== 'settings') return words.places[root] ?? root;
  if (section === 'name') return words.fields['settingsName'] ?? section;
  const said: string[] = [words.sections[section as keyof typeof words.sections] ?? section];
  for (const name of names) {
    const place = /^\d+$/.test(name) ? Number(name) + 1 : undefined;
    if (place === undefined) said.push(fieldLabel(section, name));
    else said.push(`${said.pop()} ${place}`);
  }
  return said.join(' › ');
}
