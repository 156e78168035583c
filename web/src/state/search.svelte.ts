// The last search. It stands until another is made, so that one can go back to it from a dossier.
import type { SearchHit } from '../api/client';
import { desk } from './app.svelte';

class Search {
  text = $state('');
  hits = $state.raw<readonly SearchHit[] | null>(null);
  next = $state<string | null>(null);

  run(text: string): Promise<boolean> {
    return desk.ask(
      (api, occasion) => api.search(occasion, { text }),
      (page) => {
        this.text = text;
        this.hits = page.hits;
        this.next = page.next ?? null;
      },
    );
  }

  more(): Promise<boolean> {
    const { text, next } = this;
    return desk.ask(
      (api, occasion) => api.search(occasion, { text, after: next }),
      (page) => {
        this.hits = [...(this.hits ?? []), ...page.hits];
        this.next = page.next ?? null;
      },
    );
  }

  forget(): void {
    this.text = '';
    this.hits = null;
    this.next = null;
  }
}

export const search = new Search();

desk.onTurn(() => search.forget());
