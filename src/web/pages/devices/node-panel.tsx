import { Button, Group, Stack, Switch, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useMay } from '../../api/session.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { texts } from '../../texts.ts';
import { AclDialog } from './acl-dialog.tsx';
import { ExploreButton } from './exploration.tsx';
import { Facts } from './facts.tsx';
import type { NodeValue } from './known-tree.tsx';
import { type NodeOrder, orderNode } from './node-order.ts';
import { Ordered } from './ordered.tsx';
import { ValueText } from './value-text.tsx';
import { AddNode, WriteNode } from './write-node.tsx';

const words = texts.devices.tree;
const ACL = 'ACL';

/** One node: what is known of it, and what the device can be told to do with it. */
export function NodePanel({
  deviceId,
  locUri,
  onLocUri,
  known,
  canBeCalled,
}: {
  readonly deviceId: string;
  readonly locUri: string;
  readonly onLocUri: (locUri: string) => void;
  readonly known: NodeValue | undefined;
  readonly canBeCalled: boolean;
}) {
  const mayChange = useMay('operator');
  return (
    <Panel title={words.node} hint={words.nodeHint}>
      <Stack>
        <NodePath locUri={locUri} onLocUri={onLocUri} />
        {known !== undefined && <Known known={known} />}
        {mayChange && <Acts deviceId={deviceId} locUri={locUri} known={known} canBeCalled={canBeCalled} />}
      </Stack>
    </Panel>
  );
}

/** Typed here, it goes into the address once one stops. */
function NodePath({ locUri, onLocUri }: { readonly locUri: string; readonly onLocUri: (locUri: string) => void }) {
  const [typed, setTyped] = useState(locUri);
  useEffect(() => setTyped(locUri), [locUri]);
  return (
    <TextInput
      aria-label={words.node}
      className="mono"
      placeholder="./DevInfo/Man"
      spellCheck={false}
      autoCapitalize="off"
      autoComplete="off"
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value);
        onLocUri(currentTarget.value);
      }}
    />
  );
}

function Known({ known: { value, object, format, type, at, properties = {} } }: { readonly known: NodeValue }) {
  return (
    <Facts
      facts={[
        [words.known, <ValueText key="value" value={value} object={object} />],
        [words.format, [format, type].filter(Boolean).join(', ') || undefined],
        [words.age, <Instant key="at" at={at} />],
        ...Object.entries(properties).map(
          ([name, property]) =>
            [
              name,
              <span key={name} className="mono">
                {property.value}
              </span>,
            ] as const,
        ),
      ]}
    />
  );
}

function Acts({
  deviceId,
  locUri,
  known,
  canBeCalled,
}: {
  readonly deviceId: string;
  readonly locUri: string;
  readonly known: NodeValue | undefined;
  readonly canBeCalled: boolean;
}) {
  const queries = useQueryClient();
  const [isCalled, setCalled] = useState(canBeCalled);
  const [isRunning, running] = useDisclosure(false);
  const [isRemoving, removing] = useDisclosure(false);
  const [isAdding, adding] = useDisclosure(false);
  const [isAcl, acl] = useDisclosure(false);
  const [sending, setSending] = useState<NodeOrder['command']>();
  const [problem, setProblem] = useState<unknown>();
  const [ordered, setOrdered] = useState<{ readonly id: string; readonly what: string }>();
  const order = async (what: NodeOrder): Promise<void> => {
    setSending(what.command);
    setProblem(undefined);
    try {
      setOrdered({
        id: await orderNode(deviceId, what, isCalled),
        what: words.orders[what.command](what.locUri),
      });
      void queries.invalidateQueries({ queryKey: ['timeline', deviceId] });
    } finally {
      setSending(undefined);
    }
  };
  const isNone = locUri.trim() === '';
  return (
    <>
      <Switch
        label={canBeCalled ? words.trigger : words.triggerNot}
        checked={isCalled}
        disabled={!canBeCalled}
        onChange={({ currentTarget }) => setCalled(currentTarget.checked)}
      />
      <Group gap="xs">
        <Button
          loading={sending === 'Get'}
          disabled={isNone}
          onClick={() => void order({ command: 'Get', locUri }).catch(setProblem)}
        >
          {words.read}
        </Button>
        <Button variant="default" disabled={isNone} onClick={running.open}>
          {words.run}
        </Button>
        <Button variant="default" disabled={isNone} onClick={adding.open}>
          {words.add}
        </Button>
        <Button variant="default" disabled={isNone} onClick={acl.open}>
          {words.acl}
        </Button>
        {!isNone && <ExploreButton deviceId={deviceId} canBeCalled={isCalled} root={locUri} />}
        <Button variant="subtle" color="red" disabled={isNone} onClick={removing.open}>
          {words.remove}
        </Button>
      </Group>
      <ProblemAlert problem={problem} />
      {ordered !== undefined && <Ordered key={ordered.id} id={ordered.id} what={ordered.what} deviceId={deviceId} />}
      <WriteNode
        key={`${locUri} ${known?.at}`}
        known={known}
        isDisabled={isNone}
        isSending={sending === 'Replace'}
        onWrite={(format, value) => void order({ command: 'Replace', locUri, format, value }).catch(setProblem)}
      />
      <AddNode
        opened={isAdding}
        onClose={adding.close}
        parent={locUri}
        onAdd={(what) => order({ command: 'Add', ...what })}
      />
      <AclDialog
        opened={isAcl}
        onClose={acl.close}
        deviceId={deviceId}
        locUri={locUri}
        known={known?.properties?.[ACL]?.value}
        isCalled={isCalled}
      />
      <Confirm
        opened={isRunning}
        onClose={running.close}
        title={words.runConfirm}
        hint={words.runHint(locUri)}
        action={words.run}
        run={() => order({ command: 'Exec', locUri })}
      />
      <Confirm
        opened={isRemoving}
        onClose={removing.close}
        title={words.removeConfirm}
        hint={words.removeHint(locUri)}
        action={words.remove}
        run={() => order({ command: 'Delete', locUri })}
      />
    </>
  );
}
