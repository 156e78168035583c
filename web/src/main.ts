import { mount } from 'svelte';
import App from './App.svelte';
import { desk, step } from './state/app.svelte';

const target = document.getElementById('app');
if (target) {
  void step(() => desk.resume());
  mount(App, { target });
}
