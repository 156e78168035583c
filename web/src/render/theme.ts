// The colours of charts, read from the design tokens so that a municipality's style holds on canvases and in exports too.
import { kindOf } from './kinds';

export interface Theme {
  readonly ink: string;
  readonly soft: string;
  readonly paper: string;
  readonly ground: string;
  readonly building: string;
  readonly accent: string;
  readonly warn: string;
  readonly focus: string;
  readonly edge: string;
  readonly edgeStrong: string;
  readonly font: string;
  kind(label: string): string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string, otherwise: string) => style.getPropertyValue(`--${name}`).trim() || otherwise;
  return {
    ink: token('ink', '#17222c'),
    soft: token('ink-soft', '#51606d'),
    paper: token('paper', '#ffffff'),
    ground: token('ground', '#f4f5f3'),
    building: token('map-building', '#d9dcd6'),
    accent: token('accent', '#0f5876'),
    warn: token('warn', '#875000'),
    focus: token('focus', '#c2560a'),
    edge: token('edge', '#9aa6b0'),
    edgeStrong: token('edge-strong', '#3d4c59'),
    font: token('font', 'sans-serif'),
    kind: (label) => token(`kind-${kindOf(label).token}`, '#565e69'),
  };
}
