// SPDX-License-Identifier: Apache-2.0
#include "render/picture/text.h"

#include <ft2build.h>
#include FT_FREETYPE_H

#include "synth/base/error.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <vector>

namespace radforge::picture {
namespace {

constexpr int kFirst = 32, kLast = 126;

struct Glyph {
    int left, top, width, height, advance;  ///< px; top: above the baseline
    std::vector<uint8_t> coverage;
};

struct LibraryEnd {
    void operator()(FT_Library l) const { FT_Done_FreeType(l); }
};
struct FaceEnd {
    void operator()(FT_Face f) const { FT_Done_Face(f); }
};
using Library = std::unique_ptr<FT_LibraryRec_, LibraryEnd>;
using Face = std::unique_ptr<FT_FaceRec_, FaceEnd>;

std::string font_file(Typeface typeface) {
    const std::string name = typeface == Typeface::Mono       ? "DejaVuSansMono.ttf"
                             : typeface == Typeface::SansBold ? "DejaVuSans-Bold.ttf"
                                                              : "DejaVuSans.ttf";
    for (const char* folder : {"/usr/share/fonts/truetype/dejavu/", "/usr/share/fonts/dejavu/",
                               "/usr/share/fonts/TTF/", "/usr/local/share/fonts/dejavu/"})
        if (std::ifstream(folder + name).good()) return folder + name;
    throw Error(ErrorKind::Failed, "font " + name + " is not installed")
        .expected("it under /usr/share/fonts/truetype/dejavu")
        .hint("install the package fonts-dejavu-core");
}

int pixels(FT_Pos fixed_26_6) { return int((fixed_26_6 + 32) >> 6); }

Glyph render(FT_Face face, int code) {
    if (FT_Load_Char(face, FT_ULong(code), FT_LOAD_RENDER | FT_LOAD_NO_HINTING) != 0)
        throw Error(ErrorKind::Failed, "cannot draw character " + std::to_string(code));
    const FT_GlyphSlot slot = face->glyph;
    Glyph g{slot->bitmap_left,      slot->bitmap_top,        int(slot->bitmap.width),
            int(slot->bitmap.rows), pixels(slot->advance.x), {}};
    for (int r = 0; r < g.height; ++r) {
        const unsigned char* row = slot->bitmap.buffer + r * slot->bitmap.pitch;
        g.coverage.insert(g.coverage.end(), row, row + g.width);
    }
    return g;
}

template <class T>
void blend(ImageView<T> to, const Glyph& g, int left, int top, float scale) {
    for (int r = std::max(0, -top); r < std::min(g.height, to.height_px - top); ++r)
        for (int c = std::max(0, -left); c < std::min(g.width, to.width_px - left); ++c) {
            T& value = to(top + r, left + c);
            value = std::max(value, T(float(g.coverage[size_t(r) * size_t(g.width) + size_t(c)]) * scale));
        }
}

}  // namespace

struct Font::Glyphs {
    std::array<Glyph, kLast - kFirst + 1> of;
    int ascent, descent, line_height;

    const Glyph& at(char c) const {
        if (c < kFirst || c > kLast)
            throw Error(ErrorKind::BadData, "text holds a character that cannot be drawn")
                .got("code " + std::to_string(int(static_cast<unsigned char>(c))))
                .expected("printable ASCII");
        return of[size_t(c - kFirst)];
    }
    template <class Visit>
    void walk(const std::string& text, int left_px, int baseline_px, const Visit& visit) const {
        int pen = left_px;
        for (const char c : text) {
            const Glyph& g = at(c);
            visit(g, pen + g.left, baseline_px - g.top);
            pen += g.advance;
        }
    }
};

Font::Font(Typeface typeface, int size_px) {
    if (size_px < 4 || size_px > 512)
        throw Error(ErrorKind::BadData, "impossible text size")
            .got(std::to_string(size_px) + " px")
            .expected("4..512 px");
    const std::string path = font_file(typeface);
    FT_Library raw_library = nullptr;
    FT_Face raw_face = nullptr;
    if (FT_Init_FreeType(&raw_library) != 0) throw Error(ErrorKind::Failed, "FreeType does not start");
    const Library library(raw_library);
    if (FT_New_Face(raw_library, path.c_str(), 0, &raw_face) != 0)
        throw Error(ErrorKind::Failed, "the font is damaged").where(path);
    const Face face(raw_face);
    if (FT_Set_Pixel_Sizes(raw_face, 0, FT_UInt(size_px)) != 0)
        throw Error(ErrorKind::Failed, "the font has no size " + std::to_string(size_px) + " px").where(path);
    auto glyphs = std::make_unique<Glyphs>();
    for (int code = kFirst; code <= kLast; ++code) glyphs->of[size_t(code - kFirst)] = render(raw_face, code);
    glyphs->ascent = glyphs->descent = 0;
    for (const Glyph& g : glyphs->of) {
        glyphs->ascent = std::max(glyphs->ascent, g.top);
        glyphs->descent = std::max(glyphs->descent, g.height - g.top);
    }
    glyphs->line_height = pixels(raw_face->size->metrics.height);
    glyphs_ = std::move(glyphs);
}

Font::~Font() = default;
Font::Font(Font&&) noexcept = default;
Font& Font::operator=(Font&&) noexcept = default;

int Font::ascent_px() const { return glyphs_->ascent; }
int Font::descent_px() const { return glyphs_->descent; }
int Font::line_height_px() const { return glyphs_->line_height; }

int Font::advance_px(const std::string& text) const {
    int sum = 0;
    for (const char c : text) sum += glyphs_->at(c).advance;
    return sum;
}

PixelBox Font::ink_box(const std::string& text, int left_px, int baseline_px) const {
    int left = 0, top = 0, right = 0, bottom = 0;
    bool any = false;
    glyphs_->walk(text, left_px, baseline_px, [&](const Glyph& g, int x, int y) {
        if (g.width == 0 || g.height == 0) return;
        left = any ? std::min(left, x) : x;
        top = any ? std::min(top, y) : y;
        right = any ? std::max(right, x + g.width) : x + g.width;
        bottom = any ? std::max(bottom, y + g.height) : y + g.height;
        any = true;
    });
    if (!any) return {left_px, baseline_px, 0, 0};
    return {left, top, right - left, bottom - top};
}

PixelBox Font::draw(Image& coverage, const std::string& text, int left_px, int baseline_px) const {
    RADFORGE_ASSERT(coverage.channels == 1);
    glyphs_->walk(text, left_px, baseline_px, [&](const Glyph& g, int x, int y) {
        if (coverage.type == PixelType::U8)
            blend(coverage.view<uint8_t>(), g, x, y, 1.0f);
        else
            blend(coverage.view<float>(), g, x, y, 1.0f / 255);
    });
    return ink_box(text, left_px, baseline_px);
}

}  // namespace radforge::picture
