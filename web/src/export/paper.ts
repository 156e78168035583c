// A chart on paper, or as PDF: the browser's own printing makes it, with text that can be searched and read aloud, and with the
// letters of every name. What is printed lies beside the page while it is printed, and nowhere else.
import { mount, tick, unmount, type ComponentProps } from 'svelte';
import PaperSheet from '../panels/PaperSheet.svelte';

/** Opens the window for printing; `name` is what a file is proposed to be called. */
export async function onPaper(name: string, sheet: ComponentProps<typeof PaperSheet>): Promise<void> {
  const mounted = mount(PaperSheet, { target: document.body, props: sheet });
  await tick();
  const title = document.title;
  document.title = name;
  addEventListener('afterprint', () => {
    document.title = title;
    void unmount(mounted);
  }, { once: true });
  print();
}
