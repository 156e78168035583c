/** The day it is, as the API writes days. */
export const today = () => new Date().toISOString().slice(0, 10);
