/** Fields that an admin ticked while entering them in the product by hand; forgotten with the window. */
class Ticked {
  private readonly places = $state<Record<string, string[]>>({});

  of(place: string): ReadonlySet<string> {
    return new Set(this.places[place] ?? []);
  }

  set(place: string, field: string, on: boolean) {
    const others = (this.places[place] ?? []).filter((one) => one !== field);
    this.places[place] = on ? [...others, field] : others;
  }
}

export const ticked = new Ticked();
