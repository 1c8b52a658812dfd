import { Alert, Button, Group, SimpleGrid, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { isProblem } from '../../api/problem.ts';
import { Icon } from '../../parts/icon.tsx';
import { Page as Frame } from '../../parts/page.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { FileDrop, FileHint } from '../../parts/xml/file-drop.tsx';
import type { XmlFault } from '../../parts/xml/xml-props.ts';
import { XmlText } from '../../parts/xml/xml-text.tsx';
import { texts } from '../../texts.ts';
import { DocumentTree } from './document-tree.tsx';
import { faultsOf, packageQuery, packageXmlQuery, readXml, uploadPackage } from './queries.ts';

const words = texts.packages.editor;

/** Uploads a document; from a revision it begins with that one's text. */
export function Page() {
  const { from } = useSearch({ from: '/packages/new' });
  const before = useQuery({ ...packageQuery(from ?? ''), enabled: from !== undefined });
  const xml = useQuery({ ...packageXmlQuery(from ?? ''), enabled: from !== undefined });
  const title = before.data === undefined ? words.title : words.titleNext(before.data.name);
  return (
    <Frame title={title}>
      <ProblemAlert problem={before.error ?? xml.error} />
      {from === undefined ? (
        <Editor name="" xml="" />
      ) : before.data !== undefined && xml.data !== undefined ? (
        <Editor name={before.data.name} xml={xml.data} />
      ) : (
        !before.isError && <Skeleton h={320} />
      )}
    </Frame>
  );
}

/** A file as it was chosen: as long as its text is not touched, exactly its octets are sent. */
interface Chosen {
  readonly octets: ArrayBuffer;
  readonly text: string;
}

function Editor(initial: { readonly name: string; readonly xml: string }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [name, setName] = useState(initial.name);
  const [xml, setXml] = useState(initial.xml);
  const [chosen, setChosen] = useState<Chosen>();
  const [isSending, setSending] = useState(false);
  const [problem, setProblem] = useState<unknown>();
  const [faults, setFaults] = useState<readonly XmlFault[]>([]);
  const [goTo, setGoTo] = useState<XmlFault>();
  const [drawn] = useDebouncedValue(xml, 300);

  const take = async (file: File): Promise<void> => {
    const octets = await file.arrayBuffer();
    const text = readXml(octets);
    // As an editor holds lines.
    setXml(text.replaceAll(/\r\n?/g, '\n'));
    setChosen({ octets, text: text.replaceAll(/\r\n?/g, '\n') });
    setFaults([]);
    setProblem(undefined);
    setName((was) => (was === '' ? file.name.replace(/\.[^.]*$/, '').slice(0, 100) : was));
    toast(texts.shell.file.chosen(file.name));
  };
  const send = async (): Promise<void> => {
    setSending(true);
    setProblem(undefined);
    setFaults([]);
    try {
      const made = await uploadPackage(name, chosen?.text === xml ? chosen.octets : xml);
      void queries.invalidateQueries({ queryKey: ['packages'] });
      toast(words.made(made.name, made.revision));
      await navigate({ to: '/packages/$id', params: { id: made.id } });
    } catch (error) {
      const found = faultsOf(error);
      setFaults(found);
      setGoTo(found[0]);
      if (found.length === 0) setProblem(error);
    } finally {
      setSending(false);
    }
  };
  const nameFault = isProblem(problem, 'request-invalid')
    ? problem.document.errors?.find(({ pointer }) => pointer === '/name')?.detail
    : undefined;

  return (
    <FileDrop onFile={take}>
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void send();
        }}
      >
        <Stack gap="lg">
          <Panel>
            <Group align="flex-start" justify="space-between">
              <TextInput
                label={words.name}
                description={words.nameHint}
                required
                maxLength={100}
                w={{ base: '100%', xs: 360 }}
                value={name}
                error={nameFault}
                onChange={({ currentTarget }) => setName(currentTarget.value)}
              />
              <Button type="submit" loading={isSending} mt={{ base: 0, xs: 44 }}>
                {words.upload}
              </Button>
            </Group>
          </Panel>
          {nameFault === undefined && <ProblemAlert problem={problem} />}
          {faults.length > 0 && <Faults faults={faults} onChoose={(fault) => setGoTo({ ...fault })} />}
          <SimpleGrid cols={{ base: 1, lg: 2 }}>
            <Panel title={words.document}>
              <FileHint onFile={take} />
              <XmlText label={words.document} value={xml} onChange={setXml} faults={faults} goTo={goTo} isTall />
            </Panel>
            <Panel title={words.preview} hint={words.previewHint}>
              {drawn.trim() === '' ? (
                <Text size="sm" c="dimmed">
                  {words.nothing}
                </Text>
              ) : (
                <DocumentTree xml={drawn} />
              )}
            </Panel>
          </SimpleGrid>
        </Stack>
      </form>
    </FileDrop>
  );
}

function Faults({
  faults,
  onChoose,
}: {
  readonly faults: readonly XmlFault[];
  readonly onChoose: (fault: XmlFault) => void;
}) {
  return (
    <Alert color="red" role="alert" icon={<Icon name="alert" />} title={words.faults(faults.length)}>
      <Text size="sm" mb="xs">
        {words.faultsHint}
      </Text>
      <Stack gap={4} align="flex-start" mah={240} className="scrolls" tabIndex={0}>
        {faults.map((fault) => (
          <Group key={`${fault.line}:${fault.column} ${fault.reason}`} gap="xs" align="baseline">
            <Button type="button" size="compact-xs" variant="default" onClick={() => onChoose(fault)}>
              {words.place(fault.line, fault.column)}
            </Button>
            <Text size="sm">{fault.reason}</Text>
          </Group>
        ))}
      </Stack>
    </Alert>
  );
}
