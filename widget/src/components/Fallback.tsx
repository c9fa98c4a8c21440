import { Component, type ReactNode } from 'react';
import { Failure } from './Failure';

/** Stands in for a screen that broke, or whose code could not be loaded: it says so, and offers to begin again. */
export class Fallback extends Component<{ children: ReactNode }, { error: unknown }> {
  state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  render() {
    const { error } = this.state;
    return error ? <Failure error={error} onRetry={() => this.setState({ error: null })} /> : this.props.children;
  }
}
