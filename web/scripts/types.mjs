// Makes the types of the API from the program's own description, as the snapshot that the Rust tests hold it to.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const snapshot = new URL('../../tests/it/snapshots/it__surface__openapi.snap', import.meta.url);
const made = new URL('../src/api/types.ts', import.meta.url);

const text = await readFile(snapshot, 'utf8');
const document = JSON.parse(text.slice(text.indexOf('\n---', 3) + 4));
const types = astToString(await openapiTS(document));
await writeFile(made, `// Made by scripts/types.mjs. Do not change by hand.\n${types}`);
