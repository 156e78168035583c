// Whether single letters are keys. They can be switched off, for those whose speech or hands would press them by chance.
const STORED = 'verband.letters';

class Keys {
  letters = $state(localStorage.getItem(STORED) !== 'off');

  set(on: boolean): void {
    this.letters = on;
    localStorage.setItem(STORED, on ? 'on' : 'off');
  }
}

export const keys = new Keys();
