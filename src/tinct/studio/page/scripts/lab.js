// CIE Lab to sRGB, as in tinct.color.lab: enough to draw the plane of colours and to show a colour before the server does.

const RGB_TO_XYZ = [
  [0.4124564, 0.3575761, 0.1804375],
  [0.2126729, 0.7151522, 0.072175],
  [0.0193339, 0.119192, 0.9503041],
];
const XYZ_TO_RGB = [
  [3.2404541621, -1.5371385128, -0.4985314096],
  [-0.969266031, 1.8760108454, 0.041556017],
  [0.0556434309, -0.2040259135, 1.0572251882],
];
const WHITE = RGB_TO_XYZ.map((row) => row[0] + row[1] + row[2]);
const KAPPA = 24389 / 27;

const toEncoded = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
const straighten = (f) => (f > 6 / 29 ? f ** 3 : (116 * f - 16) / KAPPA);
const times = (matrix, [x, y, z]) => matrix.map((row) => row[0] * x + row[1] * y + row[2] * z);

/** sRGB [r, g, b] in 0..1, not clipped, of Lab. */
export function labToRgb(lightness, a, b) {
  const fy = (lightness + 16) / 116;
  const xyz = [fy + a / 500, fy, fy - b / 200].map((f, at) => straighten(f) * WHITE[at]);
  return times(XYZ_TO_RGB, xyz).map(toEncoded);
}

function inGamut(rgb) {
  return rgb.every((value) => value >= -0.0005 && value <= 1.0005);
}

/** #rrggbb of Lab, with chroma reduced at constant hue and lightness until sRGB can show it. */
export function labToHex(lightness, a, b) {
  let low = 0, high = 1;
  if (!inGamut(labToRgb(lightness, a, b))) {
    for (let halving = 0; halving < 12; halving++) {
      const middle = (low + high) / 2;
      if (inGamut(labToRgb(lightness, a * middle, b * middle))) low = middle;
      else high = middle;
    }
  } else low = 1;
  return rgbToHex(labToRgb(lightness, a * low, b * low));
}

function rgbToHex(rgb) {
  const bytes = rgb.map((value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  return "#" + bytes.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The part of the ab plane that sRGB can show at a lightness: {a, b, half}, the centre of a square and half its side. */
export function gamutBounds(lightness) {
  const box = [0, 0, 0, 0];
  for (let degree = 0; degree < 360; degree += 5) {
    const cos = Math.cos((degree * Math.PI) / 180), sin = Math.sin((degree * Math.PI) / 180);
    let low = 0, high = 140;
    for (let halving = 0; halving < 9; halving++) {
      const middle = (low + high) / 2;
      if (inGamut(labToRgb(lightness, middle * cos, middle * sin))) low = middle;
      else high = middle;
    }
    const [a, b] = [low * cos, low * sin];
    box[0] = Math.min(box[0], a); box[1] = Math.max(box[1], a); box[2] = Math.min(box[2], b); box[3] = Math.max(box[3], b);
  }
  const half = Math.max(20, (box[1] - box[0]) / 2, (box[3] - box[2]) / 2) + 4;
  return { a: (box[0] + box[1]) / 2, b: (box[2] + box[3]) / 2, half };
}
