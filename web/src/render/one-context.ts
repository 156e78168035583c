// Sigma on one WebGL context. It takes three: one for edges, one for nodes over them, one for the node under the mouse. Here
// they are one canvas: edges are painted under what is there already, and the node under the mouse is marked by the marks.
import EdgeCurveProgram from '@sigma/edge-curve';
import type Graph from 'graphology';
import type { Attributes } from 'graphology-types';
import Sigma from 'sigma';
import { EdgeRectangleProgram, type EdgeProgramType } from 'sigma/rendering';
import type { Settings } from 'sigma/settings';
import type { RenderParams } from 'sigma/types';

export class OneContext extends Sigma {
  constructor(graph: Graph, container: HTMLElement, settings: Partial<Settings>) {
    super(graph, container, settings);
    // It would clear the layer that it draws the node under the mouse on: that is all of the canvas now.
    Object.defineProperty(this, 'renderHighlightedNodes', { value: () => {} });
  }

  override createWebGLContext(id: string, options: Parameters<Sigma['createWebGLContext']>[1] = {}): ReturnType<Sigma['createWebGLContext']> {
    const { elements } = this as unknown as { readonly elements: Record<string, HTMLCanvasElement> };
    const { edges } = elements;
    if (!edges) return super.createWebGLContext(id, options);
    elements[id] = edges;
    return super.createWebGLContext(id, { picking: options.picking ?? false, canvas: edges });
  }
}

/** An edge program that paints under what is there: nodes come first. */
function under(program: EdgeProgramType): EdgeProgramType {
  return class extends (program as typeof EdgeRectangleProgram<Attributes, Attributes, Attributes>) {
    override render(params: RenderParams): void {
      const { gl } = this.normalProgram;
      gl.blendFunc(gl.ONE_MINUS_DST_ALPHA, gl.ONE);
      super.render(params);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    }
  };
}

export const LineProgram = under(EdgeRectangleProgram);
export const CurveProgram = under(EdgeCurveProgram);
