import { useState } from 'react';
import { DeviceChoice } from './device-choice.tsx';
import { Icon } from './icon.tsx';

/** Narrows a list to one device: chosen from those that begin like it, or typed whole. */
export function DeviceSearch({
  label,
  deviceId = '',
  onChoose,
}: {
  readonly label: string;
  readonly deviceId: string | undefined;
  /** Undefined: any. */
  readonly onChoose: (deviceId: string | undefined) => void;
}) {
  const [typed, setTyped] = useState(deviceId);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(typed || undefined);
      }}
    >
      <DeviceChoice
        data-search
        w={300}
        aria-label={label}
        placeholder={label}
        leftSection={<Icon name="search" size={16} />}
        value={typed}
        onChange={setTyped}
        onOptionSubmit={onChoose}
      />
    </form>
  );
}
