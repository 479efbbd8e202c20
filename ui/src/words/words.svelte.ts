// The language in force, and dates, clocks and numbers in it. Knows sentences, and nothing of the desk.
import type { Language } from '../ipc.gen';
import { de } from './de';
import { en, type Words } from './en';

class Speech {
  language = $state<Language>('en');
  w = $derived<Words>(this.language === 'de' ? de : en);

  /** A moment as people say it: today's time, or the day. */
  moment(at: string): string {
    const date = new Date(at);
    const today = date.toDateString() === new Date().toDateString();
    const time: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
    const day: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'short', year: 'numeric' };
    return date.toLocaleString(this.locale(), today ? time : { ...day, ...time });
  }

  /** Time of day to the second. */
  time(at: string): string {
    return new Date(at).toLocaleTimeString(this.locale(), { hour: '2-digit', minute: '2-digit', second: '2-digit' });
  }

  /** A day. */
  day(at: string): string {
    return new Date(at).toLocaleDateString(this.locale(), { day: 'numeric', month: 'short', year: 'numeric' });
  }

  /** The short name of a month. */
  month(at: Date): string {
    return at.toLocaleDateString(this.locale(), { month: 'short', timeZone: 'UTC' });
  }

  /** A number with the language's own separators. */
  number(value: number): string {
    return value.toLocaleString(this.locale());
  }

  private locale(): string {
    return this.language === 'de' ? 'de-DE' : 'en-GB';
  }
}

export const speech = new Speech();

/** Minutes and seconds of a span, never below zero. */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  return minutes >= 60 ? `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}` : `${minutes}:${rest}`;
}
