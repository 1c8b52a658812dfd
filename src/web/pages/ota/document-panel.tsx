import { Panel } from '../../parts/panel.tsx';
import { toast } from '../../parts/toast.ts';
import { FileDrop, FileHint } from '../../parts/xml/file-drop.tsx';
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
  const take = async (file: File): Promise<void> => {
    onChange((await file.text()).replaceAll(/\r\n?/g, '\n'));
    toast(texts.shell.file.chosen(file.name));
  };
  return (
    <FileDrop onFile={take}>
      <Panel title={words.document} hint={words.documentHint}>
        <FileHint onFile={take} />
        <XmlText label={words.documentLabel} value={value} onChange={onChange} faults={faults} goTo={goTo} isTall />
      </Panel>
    </FileDrop>
  );
}
