/** IBM Plex, Latin at once; the Korean subsets only when Korean is chosen, each loaded by the browser when it is needed. */
import '@fontsource/ibm-plex-sans/latin-400.css';
import '@fontsource/ibm-plex-sans/latin-500.css';
import '@fontsource/ibm-plex-sans/latin-600.css';
import '@fontsource/ibm-plex-mono/latin-400.css';
import '@fontsource/ibm-plex-mono/latin-500.css';

export async function loadKoreanFonts(): Promise<void> {
  await import('./fonts-korean.ts');
}
