import { Button, FileButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import type { XmlFault } from '../../parts/xml/xml-props.ts';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';

const words = texts.ota;

/** A document as it is: typed, pasted, dropped or from a file. */
export function DocumentPanel({
  value,
  onChange,
  faults,
  goTo,
}: {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly faults: readonly XmlFault[];
  readonly goTo: XmlFault | undefined;
}) {
  const [isOver, setOver] = useState(false);
  const take = async (file: File | null | undefined): Promise<void> => {
    if (file === null || file === undefined) return;
    onChange((await file.text()).replaceAll(/\r\n?/g, '\n'));
    toast(words.chosenFile(file.name));
  };
  return (
    // Dropping is one way of three; the button and the editor are for the keyboard.
    // biome-ignore lint/a11y/noStaticElementInteractions: nothing here is reached by dropping alone
    <div
      className="drop-target"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer.files[0]);
      }}
    >
      <Panel title={words.document} hint={words.documentHint}>
        <Group gap={6} mb="sm">
          <Icon name="upload" />
          <Text size="sm" c="dimmed">
            {words.drop}
          </Text>
          <FileButton onChange={(file) => void take(file)} accept=".xml,text/xml,application/xml">
            {(props) => (
              <Button {...props} size="compact-sm" variant="light">
                {words.chooseFile}
              </Button>
            )}
          </FileButton>
        </Group>
        <XmlText label={words.documentLabel} value={value} onChange={onChange} faults={faults} goTo={goTo} isTall />
      </Panel>
    </div>
  );
}
