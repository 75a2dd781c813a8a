"""Operations on pixels: compiled loops with Pillow as the fallback."""
