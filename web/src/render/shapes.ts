// Nodes as regular polygons, drawn by the graphics processor: the shape tells the label without its colour.
import type { Attributes } from 'graphology-types';
import { NodeCircleProgram } from 'sigma/rendering';
import type { NodeDisplayData, RenderParams } from 'sigma/types';
import { floatColor } from 'sigma/utils';
import { GEOMETRY, type Shape } from './kinds';

// One triangle per node, as the circle has it, but with the distance to a polygon in place of that to a circle.
const VERTEX = /* glsl */ `
attribute vec4 a_id;
attribute vec4 a_color;
attribute vec2 a_position;
attribute float a_size;
attribute float a_corners;
attribute float a_turn;
attribute float a_angle;
uniform mat3 u_matrix;
uniform float u_sizeRatio;
uniform float u_correctionRatio;
varying vec4 v_color;
varying vec2 v_offset;
varying float v_radius;
varying float v_corners;
varying float v_turn;
const float bias = 255.0 / 254.0;
void main() {
  float size = a_size * u_correctionRatio / u_sizeRatio * 4.0;
  vec2 offset = size * 1.45 * vec2(cos(a_angle), sin(a_angle));
  gl_Position = vec4((u_matrix * vec3(a_position + offset, 1)).xy, 0, 1);
  v_offset = offset;
  v_radius = size / 2.0;
  v_corners = a_corners;
  v_turn = a_turn;
  #ifdef PICKING_MODE
  v_color = a_id;
  #else
  v_color = a_color;
  #endif
  v_color.a *= bias;
}`;

const FRAGMENT = /* glsl */ `
precision highp float;
varying vec4 v_color;
varying vec2 v_offset;
varying float v_radius;
varying float v_corners;
varying float v_turn;
uniform float u_correctionRatio;
const float PI = 3.14159265359;
void main(void) {
  float distance = length(v_offset);
  float edge = v_radius;
  if (v_corners > 2.5) {
    float part = 2.0 * PI / v_corners;
    // Angle from the first corner, which points up.
    float angle = atan(v_offset.x, v_offset.y) + v_turn * part;
    float within = mod(angle + 8.0 * PI, part) - part / 2.0;
    distance = distance * cos(within);
    edge = v_radius * cos(part / 2.0);
  }
  float border = u_correctionRatio * 2.0;
  float outside = distance - edge + border;
  #ifdef PICKING_MODE
  gl_FragColor = outside > border ? vec4(0.0) : v_color;
  #else
  gl_FragColor = mix(v_color, vec4(0.0), clamp(outside / border, 0.0, 1.0));
  #endif
}`;

export class ShapeProgram extends NodeCircleProgram<Attributes, Attributes, Attributes> {
  override getDefinition() {
    const circle = super.getDefinition();
    const number = { size: 1, type: WebGLRenderingContext.FLOAT };
    return {
      ...circle,
      VERTEX_SHADER_SOURCE: VERTEX,
      FRAGMENT_SHADER_SOURCE: FRAGMENT,
      ATTRIBUTES: [...circle.ATTRIBUTES, { name: 'a_corners', ...number }, { name: 'a_turn', ...number }],
    };
  }

  override processVisibleItem(nodeIndex: number, startIndex: number, data: NodeDisplayData & { shape?: Shape }): void {
    const { corners, turn, radius } = GEOMETRY[data.shape ?? 'circle'];
    const values = [data.x, data.y, data.size * radius, floatColor(data.color), nodeIndex, corners, turn];
    this.array.set(values, startIndex);
  }

  override setUniforms(params: RenderParams, info: Parameters<NodeCircleProgram['setUniforms']>[1]): void {
    super.setUniforms(params, info);
  }
}
