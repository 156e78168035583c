// Whether charts can be drawn by the graphics processor. Where not, they are drawn as SVG: the list works in either case.

export function hasWebGL(): boolean {
  try {
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('webgl2') ?? canvas.getContext('webgl');
    if (!context) return false;
    // Browsers allow some sixteen contexts and then take the oldest away: this one is given back.
    context.getExtension('WEBGL_lose_context')?.loseContext();
    return true;
  } catch {
    return false;
  }
}
