import type { components } from '../../api/schema.d.ts';
import { texts } from '../../texts.ts';

/** A value of a device: as text, or where it is large as a file to be had. */
export function ValueText({
  value,
  object,
}: {
  readonly value: string | undefined;
  readonly object: components['schemas']['ObjectRef'] | undefined;
}) {
  if (object !== undefined) {
    return (
      <a href={`/api/v1/objects/${object.id}`} download>
        {texts.devices.tree.download(object.size)}
      </a>
    );
  }
  return value === undefined || value === '' ? (
    <span>{texts.devices.tree.noValue}</span>
  ) : (
    <div className="mono value-text">{value}</div>
  );
}
