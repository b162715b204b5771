/** A page that is not there: all that its script does is to offer the choice of colours. */
import { createThemeSwitch } from '../page/theme.ts';

document.querySelector('[data-slot="theme"]')?.append(createThemeSwitch());
document.documentElement.dataset['ready'] = 'true';
