/** Texts that become records: templates, and rows of a file. */
export * from './file-rows.ts';
export * from './template.ts';
