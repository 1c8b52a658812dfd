import { Button, Grid, Group, Progress, Stack, Stepper, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import { ApiProblem } from '../../api/problem.ts';
import { useApiForm } from '../../api/use-api-form.ts';
import { Icon } from '../../parts/icon.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemAlert } from '../../parts/problem-alert.tsx';
import { toast } from '../../parts/toast.ts';
import { texts } from '../../texts.ts';
import type { Campaign } from './campaign-types.ts';
import type { CampaignValues } from './campaign-values.ts';
import { PaceStep } from './pace-step.tsx';
import { CampaignSaver } from './save-campaign.ts';
import { WavesStep } from './waves-step.tsx';
import { WhatStep } from './what-step.tsx';
import { WhomStep } from './whom-step.tsx';
import { WizardSummary } from './wizard-summary.tsx';

const words = texts.campaigns.wizard;
const STEPS = ['what', 'whom', 'waves', 'pace'] as const;
const PANELS = [WhatStep, WhomStep, WavesStep, PaceStep];

/** In which step a field stands, by the first member of its name. */
const STEP_OF: Readonly<Record<string, number>> = {
  name: 0,
  content: 0,
  settings: 0,
  variables: 0,
  deviceVariables: 0,
  target: 1,
  isDynamic: 1,
  conflict: 1,
  priority: 1,
  waveKind: 2,
  waves: 2,
  thresholds: 2,
  needsApproval: 2,
};

const stepOf = (path: string): number => STEP_OF[path.split('.')[0] ?? ''] ?? 3;

/**
 * Four steps to a draft, which is reviewed and started on its own page.
 * @param from what is changed, or copied
 * @param onReload for a draft that somebody else has changed meanwhile
 */
export function Wizard({
  initialValues,
  from,
  isEdit = false,
  onReload,
}: {
  readonly initialValues: CampaignValues;
  readonly from?: Campaign | undefined;
  readonly isEdit?: boolean;
  readonly onReload?: () => void;
}) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [step, setStep] = useState(0);
  const [file, setFile] = useState<File | null>(null);
  const [saver] = useState(() => new CampaignSaver(from, isEdit));
  const { form, submit, isSending, problem } = useApiForm<CampaignValues>({
    initialValues,
    fieldOf: {
      'filter-invalid': 'target.filter',
      'package-unknown': 'content.packageId',
      'document-refused': 'content.document',
    },
    send: async (values) => {
      const { id, refused } = await saver.save(values, file);
      if (refused > 0) toast(words.linesRefused(refused));
      await queries.invalidateQueries({ queryKey: ['campaigns'] });
      await navigate({ to: '/campaigns/$id', params: { id } });
    },
  });
  const panel = useRef<HTMLDivElement>(null);
  const wasSending = useRef(false);
  const elsewhere = problem instanceof ApiProblem ? (problem.document.errors ?? []) : [];
  const paths = [...Object.keys(form.errors), ...elsewhere.map(({ pointer }) => pointer.slice(1).replaceAll('/', '.'))];
  const faulty = new Set(paths.map(stepOf));
  // After a refusal the first step with a fault comes up, and in it the first field that has one.
  useEffect(() => {
    const isBack = wasSending.current && !isSending;
    wasSending.current = isSending;
    if (!isBack || paths.length === 0) return;
    setStep(Math.min(...paths.map(stepOf)));
    requestAnimationFrame(() => {
      const fields = [...(panel.current?.querySelectorAll<HTMLElement>('[data-path]') ?? [])];
      const first = fields.find(
        ({ dataset, offsetParent }) => offsetParent !== null && paths.includes(dataset['path'] ?? ''),
      );
      first?.scrollIntoView({ block: 'center' });
      first?.focus();
    });
  });
  const isLast = step === STEPS.length - 1;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        if (isLast) submit(event);
        else {
          event.preventDefault();
          setStep(step + 1);
        }
      }}
    >
      <Stack>
        <Stack gap={6} hiddenFrom="sm">
          <Text size="sm" fw={600} {...(faulty.has(step) && { c: 'var(--mantine-color-error)' })}>
            {words.stepOf(step + 1, STEPS.length)}: {words.steps[STEPS[step] ?? 'what']}
          </Text>
          <Progress
            value={((step + 1) / STEPS.length) * 100}
            size="sm"
            aria-label={words.stepOf(step + 1, STEPS.length)}
          />
        </Stack>
        <Stepper active={step} onStepClick={setStep} size="sm" visibleFrom="sm">
          {STEPS.map((name, place) => (
            <Stepper.Step
              key={name}
              label={words.steps[name]}
              {...(faulty.has(place) && {
                color: 'red',
                icon: <Icon name="alert" size={16} />,
                completedIcon: <Icon name="alert" size={16} />,
                description: <span className="fault-mark">{words.hasFault}</span>,
              })}
            />
          ))}
        </Stepper>
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Panel>
              <Stack ref={panel}>
                <ProblemAlert problem={problem} {...(onReload !== undefined && { onReload })} />
                {/* All steps stay, so that a fault of any finds its field. */}
                {PANELS.map((Step, place) => (
                  <div key={STEPS[place]} hidden={place !== step}>
                    <Step form={form} from={from} isEdit={isEdit} file={file} setFile={setFile} />
                  </div>
                ))}
              </Stack>
            </Panel>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 4 }} visibleFrom="md">
            <div className="beside">
              <WizardSummary values={form.getValues()} file={file} />
            </div>
          </Grid.Col>
        </Grid>
        <Group justify="space-between">
          <Button variant="default" disabled={step === 0} onClick={() => setStep(step - 1)}>
            {words.back}
          </Button>
          <Group>
            {isLast && (
              <Text size="sm" c="dimmed">
                {words.saveHint}
              </Text>
            )}
            {isEdit && !isLast && (
              <Button variant="default" loading={isSending} onClick={() => submit()}>
                {words.save}
              </Button>
            )}
            <Button type="submit" loading={isLast && isSending}>
              {isLast ? words.save : words.next}
            </Button>
          </Group>
        </Group>
      </Stack>
    </form>
  );
}
