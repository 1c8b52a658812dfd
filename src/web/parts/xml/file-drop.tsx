import { Button, FileButton, Group, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';
import { texts } from '../../texts.ts';
import { Icon } from '../icon.tsx';

/** A part of the page onto which a file may be dropped, the editor within it included. */
export function FileDrop({
  onFile,
  children,
}: {
  readonly onFile: (file: File) => unknown;
  readonly children: ReactNode;
}) {
  const [isOver, setOver] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is one way of three; a button and the editor are for the keyboard
    <div
      className="drop-target"
      data-over={isOver || undefined}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={({ currentTarget, relatedTarget }) => {
        if (!(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))) setOver(false);
      }}
      // Before the editor sees it, which would type the file in where it falls.
      onDropCapture={(event) => {
        const file = event.dataTransfer.files[0];
        if (file === undefined) return;
        event.preventDefault();
        event.stopPropagation();
        setOver(false);
        void onFile(file);
      }}
    >
      {children}
    </div>
  );
}

/** Says that a file may be dropped, and has a button to choose one. */
export function FileHint({ onFile }: { readonly onFile: (file: File) => unknown }) {
  const words = texts.shell.file;
  return (
    <Group gap={6} mb="sm">
      <Icon name="upload" />
      <Text size="sm" c="dimmed">
        {words.drop}
      </Text>
      <FileButton
        onChange={(file) => {
          if (file !== null) void onFile(file);
        }}
        accept=".xml,.ddf,text/xml,application/xml"
      >
        {(props) => (
          <Button {...props} size="compact-sm" variant="light">
            {words.choose}
          </Button>
        )}
      </FileButton>
    </Group>
  );
}
