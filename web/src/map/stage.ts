// The map itself: outlines of buildings as its ground, what lies on the chart over it. Nothing is fetched from elsewhere: there
// are no tiles, so nobody learns from requests for tiles where is looked.
import { type GeoJSONSource, Map as MapLibre, Marker, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Ground, Places } from '../api/client';
import type { Theme } from '../render/theme';
import { type Box, clusters, type Cluster, type Degrees, type Spot } from './spots';

setWorkerUrl(workerUrl);

/** Marks nearer than this are drawn as one, in pixels. */
const MARK_WIDTH = 40;
/** From here on single buildings can be told apart. */
export const GROUND_ZOOM = 14;
const ZOOM_MAX = 20;

export interface StageEvents {
  /** Makes the mark of what lies in one place; the stage puts it there. */
  readonly mark: (cluster: Cluster) => HTMLElement;
  /** Where one looks now. */
  readonly moved: (box: Box, zoom: number) => void;
  readonly clicked: (at: Degrees) => void;
}

type Data = Parameters<GeoJSONSource['setData']>[0];
const collection = (features: readonly unknown[]) => ({ type: 'FeatureCollection', features }) as unknown as Data;

export class MapStage {
  readonly #map: MapLibre;
  readonly #events: StageEvents;
  #markers: Marker[] = [];
  #spots: readonly Spot[] = [];
  #ready = false;
  #waiting: (() => void)[] = [];

  constructor(container: HTMLElement, theme: Theme, title: string, events: StageEvents) {
    this.#events = events;
    this.#map = new MapLibre({
      container,
      attributionControl: false,
      maxZoom: ZOOM_MAX,
      pitchWithRotate: false,
      dragRotate: false,
      fadeDuration: 0,
      locale: { 'Map.Title': title },
      center: [5.3872, 52.1552],
      zoom: 6.5,
      style: {
        version: 8,
        sources: {
          ground: { type: 'geojson', data: collection([]) },
          outlines: { type: 'geojson', data: collection([]) },
        },
        layers: [
          { id: 'paper', type: 'background', paint: { 'background-color': theme.ground } },
          { id: 'ground', type: 'fill', source: 'ground', paint: { 'fill-color': theme.building } },
          { id: 'ground-edge', type: 'line', source: 'ground', paint: { 'line-color': theme.edge, 'line-width': ['interpolate', ['linear'], ['zoom'], 14, 0.2, 18, 1] } },
          { id: 'outlines', type: 'fill', source: 'outlines', paint: { 'fill-color': theme.accent, 'fill-opacity': 0.28 } },
          { id: 'outlines-edge', type: 'line', source: 'outlines', paint: { 'line-color': theme.accent, 'line-width': 2 } },
        ],
      },
    });
    const map = this.#map;
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.on('load', () => {
      this.#ready = true;
      for (const work of this.#waiting.splice(0)) work();
    });
    map.on('moveend', () => {
      this.#draw();
      this.#tell();
    });
    map.on('click', (event) => events.clicked([event.lngLat.lng, event.lngLat.lat]));
  }

  show(spots: readonly Spot[], outlines: readonly Places['features'][number][]): void {
    this.#spots = spots;
    this.#draw();
    this.#set('outlines', outlines);
  }

  ground(features: Ground['features']): void {
    this.#set('ground', features);
  }

  /** Shows a box; at once, where movement is not wanted. */
  look(box: Box, still: boolean): void {
    this.#map.fitBounds(box, { padding: 56, maxZoom: 18, animate: !still, duration: 400 });
    // Without a movement there is no end of one.
    if (!this.#map.isMoving()) this.#tell();
  }

  zoom(by: number, still: boolean): void {
    this.#map.zoomTo(this.#map.getZoom() + by, { animate: !still, duration: 200 });
  }

  kill(): void {
    for (const marker of this.#markers) marker.remove();
    this.#map.remove();
  }

  #set(source: string, features: readonly unknown[]): void {
    const work = () => void (this.#map.getSource(source) as GeoJSONSource | undefined)?.setData(collection(features));
    if (this.#ready) work();
    else this.#waiting.push(work);
  }

  #tell(): void {
    const around = this.#map.getBounds();
    this.#events.moved([around.getWest(), around.getSouth(), around.getEast(), around.getNorth()], this.#map.getZoom());
  }

  #draw(): void {
    const focused = document.activeElement?.getAttribute('data-spot');
    for (const marker of this.#markers) marker.remove();
    const project = (at: Degrees): [number, number] => {
      const { x, y } = this.#map.project([at[0], at[1]]);
      return [x, y];
    };
    this.#markers = clusters(this.#spots, project, MARK_WIDTH).map((cluster) => {
      const element = this.#events.mark(cluster);
      element.setAttribute('data-spot', cluster.spots[0]?.id ?? '');
      return new Marker({ element, anchor: 'center' }).setLngLat([cluster.at[0], cluster.at[1]]).addTo(this.#map);
    });
    // Who walks the marks by keyboard stays where they were.
    if (focused) this.#markers.find((marker) => marker.getElement().getAttribute('data-spot') === focused)?.getElement().focus();
  }
}
