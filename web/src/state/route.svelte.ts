// Which screen stands before the reader: in the part of the address that never leaves the browser.

/** What a chart is looked at as. */
export const PANES = ['graph', 'map', 'time'] as const;
export type Pane = (typeof PANES)[number];

export type Route =
  | { readonly screen: 'home' }
  | { readonly screen: 'dossier'; readonly id: string }
  | { readonly screen: 'graph'; readonly add: string | null; readonly as?: Pane }
  | { readonly screen: 'cases' }
  | { readonly screen: 'case'; readonly id: string }
  | { readonly screen: 'notices' }
  | { readonly screen: 'coordination' }
  | { readonly screen: 'flags' }
  | { readonly screen: 'flag'; readonly id: string }
  | { readonly screen: 'audit' }
  | { readonly screen: 'walls' }
  | { readonly screen: 'admin' };

export function parseRoute(hash: string): Route {
  const [screen, id] = hash.replace(/^#\/?/, '').split('/');
  if (screen === 'cases' || screen === 'notices' || screen === 'coordination' || screen === 'flags' || screen === 'audit' || screen === 'walls' || screen === 'admin') return { screen };
  if ((screen === 'dossier' || screen === 'case' || screen === 'flag') && id) return { screen, id: decodeURIComponent(id) };
  const pane = PANES.find((one) => one === screen);
  if (pane) return { screen: 'graph', as: pane, add: id ? decodeURIComponent(id) : null };
  return { screen: 'home' };
}

export function address(route: Route): string {
  switch (route.screen) {
    case 'home':
      return '#/';
    case 'cases':
    case 'notices':
    case 'coordination':
    case 'flags':
    case 'audit':
    case 'walls':
    case 'admin':
      return `#/${route.screen}`;
    case 'dossier':
    case 'case':
    case 'flag':
      return `#/${route.screen}/${encodeURIComponent(route.id)}`;
    case 'graph':
      return `#/${route.as ?? 'graph'}${route.add ? `/${encodeURIComponent(route.add)}` : ''}`;
  }
}

class Router {
  current = $state<Route>(parseRoute(location.hash));

  constructor() {
    addEventListener('hashchange', () => {
      this.current = parseRoute(location.hash);
    });
  }

  go(route: Route): void {
    location.hash = address(route);
  }

  /** As `go`, without a step more to go back. */
  replace(route: Route): void {
    history.replaceState(null, '', address(route));
    this.current = route;
  }
}

export const router = new Router();
