import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queryClient } from './api/query-client.ts';
import { router } from './routes.tsx';
import { ErrorBoundary } from './shell/error-boundary.tsx';
import { SignInGate } from './shell/sign-in-gate.tsx';
import { cssVariables, styleNonce, theme } from './theme.ts';

const colorSchemes = localStorageColorSchemeManager({ key: 'omadm-color-scheme' });

/** Everything that all pages stand in. */
export function App() {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      colorSchemeManager={colorSchemes}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
    >
      <ErrorBoundary>
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-right" limit={4} />
          <SignInGate>
            <RouterProvider router={router} />
          </SignInGate>
        </QueryClientProvider>
      </ErrorBoundary>
    </MantineProvider>
  );
}
