import { Box, type BoxProps, Group, Text, Title } from '@mantine/core';
import { type ReactNode, useId } from 'react';

/** A part of a page with a frame of its own, and a heading that names it. */
export function Panel({
  title,
  hint,
  aside,
  children,
  ...box
}: BoxProps & {
  readonly title?: string;
  readonly hint?: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}) {
  const id = useId();
  if (title === undefined) {
    return (
      <Box className="surface" p="md" {...box}>
        {children}
      </Box>
    );
  }
  return (
    <Box component="section" aria-labelledby={id} className="surface" p="md" {...box}>
      <Group
        className="panel-head"
        justify="space-between"
        align="baseline"
        mb="sm"
        wrap="nowrap"
        // What fills the panel to its edges brings its own distance.
        {...(box.p === 0 && { px: 'md' })}
      >
        <div>
          <Title order={2} size="h3" id={id}>
            {title}
          </Title>
          {hint !== undefined && (
            <Text size="xs" c="dimmed">
              {hint}
            </Text>
          )}
        </div>
        {aside}
      </Group>
      {children}
    </Box>
  );
}
