import { Component, type ReactNode } from 'react';
import { BrokenPage } from './broken-page.tsx';

/** Catches what breaks outside any page, where the router does not. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: unknown }> {
  override readonly state: { readonly error: unknown } = { error: undefined };

  static getDerivedStateFromError(error: unknown): { readonly error: unknown } {
    return { error };
  }

  override render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <BrokenPage error={this.state.error} />;
  }
}
