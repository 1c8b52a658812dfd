import {
  ActionIcon,
  Badge,
  type CSSVariablesResolver,
  createTheme,
  type MantineColorsTuple,
  Modal,
  Table,
  Tooltip,
} from '@mantine/core';

/** A blue between indigo and royal; shade 7 has a contrast of 5.6 with white, shade 4 of 6.6 with the dark page. */
const brand: MantineColorsTuple = [
  '#eef2ff',
  '#dfe6ff',
  '#bccaff',
  '#96acfe',
  '#8199fa',
  '#5c79f3',
  '#4a66ea',
  '#3b54d8',
  '#3047bd',
  '#26399b',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: { light: 7, dark: 7 },
  colors: { brand },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', 'Cascadia Code', 'Roboto Mono', 'Liberation Mono', monospace",
  headings: {
    fontWeight: '650',
    sizes: { h1: { fontSize: '1.5rem' }, h2: { fontSize: '1.125rem' }, h3: { fontSize: '1rem' } },
  },
  components: {
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 300, withArrow: true, events: { hover: true, focus: true, touch: true } },
    }),
    Modal: Modal.extend({ defaultProps: { centered: true, radius: 'lg', padding: 'lg' } }),
    Table: Table.extend({ defaultProps: { verticalSpacing: 'sm', highlightOnHover: true } }),
    Badge: Badge.extend({ defaultProps: { tt: 'none', fw: 600 } }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray' } }),
  },
});

const NAMED = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'cyan', 'blue', 'grape', 'brand'];

/** White on the palette's own red has a contrast of 3.8, on this of 5.6. */
const RED_BUTTON = { '--mantine-color-red-filled': '#c92a2a', '--mantine-color-red-filled-hover': '#b02525' };

/** What Mantine's own colours miss of WCAG AA: dimmed text, and the text on light badges. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    ...RED_BUTTON,
    '--mantine-color-dimmed': '#5c636a',
    '--mantine-color-placeholder': '#6b7280',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
    '--mantine-color-anchor': 'var(--mantine-color-brand-8)',
    ...Object.fromEntries(
      NAMED.map((name) => [`--mantine-color-${name}-light-color`, `var(--mantine-color-${name}-9)`]),
    ),
    '--mantine-color-yellow-light-color': '#7a4b00',
    '--mantine-color-orange-light-color': '#99340a',
    '--mantine-color-green-light-color': '#1f6b2e',
    '--mantine-color-teal-light-color': '#066649',
    '--page-background': '#f6f7f9',
    '--page-surface': '#ffffff',
    '--page-line': '#e3e6ea',
  },
  dark: {
    ...RED_BUTTON,
    '--mantine-color-dimmed': '#a6adb5',
    '--mantine-color-placeholder': '#8b929a',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
    '--mantine-color-anchor': 'var(--mantine-color-brand-4)',
    ...Object.fromEntries(
      NAMED.map((name) => [`--mantine-color-${name}-light-color`, `var(--mantine-color-${name}-2)`]),
    ),
    '--page-background': '#17181a',
    '--page-surface': '#1f2123',
    '--page-line': '#34373b',
    '--mantine-color-body': '#1f2123',
    '--mantine-color-brand-light': 'rgba(110, 138, 250, 0.16)',
    '--mantine-color-brand-light-hover': 'rgba(110, 138, 250, 0.22)',
  },
});

/** The nonce that the server has given this page for its styles. */
export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]');
  return meta?.nonce ?? '';
}
