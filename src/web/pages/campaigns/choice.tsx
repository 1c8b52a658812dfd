import { Chip, Group, Input, Radio, Text } from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import type { CampaignValues } from './campaign-values.ts';

interface ChoiceProps {
  readonly form: UseFormReturnType<CampaignValues>;
  readonly path: string;
  readonly label: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** One of few, each with a word of what it means. */
export function Choice({
  form,
  path,
  label,
  labels,
  hints = {},
}: ChoiceProps & { readonly hints?: Readonly<Record<string, string>> }) {
  return (
    <Radio.Group label={label} {...form.getInputProps(path)}>
      <div className="choices" data-pairs={Object.keys(labels).length === 4 || undefined}>
        {Object.entries(labels).map(([value, one]) => (
          <Radio.Card key={value} value={value} className="choice">
            <Radio.Indicator />
            <span>
              <Text size="sm" fw={600} component="span" display="block">
                {one}
              </Text>
              {hints[value] !== undefined && (
                <Text size="xs" c="dimmed" component="span" display="block">
                  {hints[value]}
                </Text>
              )}
            </span>
          </Radio.Card>
        ))}
      </div>
    </Radio.Group>
  );
}

/** Any of few. */
export function Several({ form, path, label, labels, hint }: ChoiceProps & { readonly hint?: string }) {
  const { value, onChange, error } = form.getInputProps(path);
  return (
    <Input.Wrapper label={label} labelElement="div" error={error} {...(hint !== undefined && { description: hint })}>
      <Chip.Group multiple value={value as string[]} onChange={onChange}>
        <Group gap={6} mt={6} role="group" aria-label={label} data-path={path}>
          {Object.entries(labels).map(([name, said]) => (
            <Chip key={name} value={name} size="xs" variant="light">
              {said}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}
