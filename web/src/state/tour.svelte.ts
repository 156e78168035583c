// Whether the tour was offered and put away on this machine. It is offered until then, and never opens by itself.
const STORED = 'verband.tour';

class Tour {
  offered = $state(localStorage.getItem(STORED) !== 'seen');
  open = $state(false);

  start(): void {
    this.open = true;
  }

  putAway(): void {
    this.open = false;
    this.offered = false;
    localStorage.setItem(STORED, 'seen');
  }
}

export const tour = new Tour();
