/** Naive UI in the window's own tokens. It computes shades, so custom properties are resolved, anew for each dialog that opens. */
import type { GlobalThemeOverrides } from 'naive-ui';

export function naiveTheme(): GlobalThemeOverrides {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  const accent = token('accent');
  return {
    common: {
      primaryColor: accent,
      primaryColorHover: accent,
      primaryColorPressed: accent,
      primaryColorSuppl: token('accent-bg'),
      successColor: token('in-sync'),
      infoColor: token('catching-up'),
      warningColor: token('out-of-sync'),
      errorColor: token('fault'),
      textColorBase: token('ink'),
      textColor1: token('ink'),
      textColor2: token('ink-2'),
      textColor3: token('ink-3'),
      placeholderColor: token('ink-3'),
      bodyColor: token('bg-window'),
      cardColor: token('bg-panel'),
      modalColor: token('bg-panel'),
      popoverColor: token('bg-panel'),
      inputColor: token('bg-cell'),
      tableColor: token('bg-cell'),
      hoverColor: token('bg-hover'),
      borderColor: token('line-strong'),
      dividerColor: token('line'),
      borderRadius: '3px',
      fontFamily: token('font-ui'),
      fontFamilyMono: token('font-mono'),
      fontSize: '12px',
      fontSizeSmall: '12px',
      heightTiny: '20px',
      heightSmall: '24px',
      heightMedium: '28px',
      boxShadow1: 'none',
      boxShadow2: 'none',
      boxShadow3: `0 0 0 1px ${token('line-strong')}`,
    },
    Button: { textColorPrimary: token('on-accent'), textColorHoverPrimary: token('on-accent'), rippleDuration: '0s' },
    Input: {
      color: token('bg-cell'),
      colorFocus: token('bg-cell'),
      textColor: token('ink'),
      border: `1px solid ${token('line-control')}`,
    },
    Form: { labelFontSizeLeftSmall: '12px', labelTextColor: token('ink-2'), feedbackHeightSmall: '12px' },
    Card: { titleFontSizeMedium: '15px', colorModal: token('bg-panel') },
  };
}
