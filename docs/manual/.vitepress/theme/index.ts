// The manual's look: the default theme with the window's own colours and the system's own font.
import Theme from 'vitepress/theme-without-fonts';
import './style.css';

export default Theme;
