// SPDX-License-Identifier: Apache-2.0
#include "synth/shard/index.h"

#include "synth/base/error.h"
#include "synth/base/hash.h"
#include "synth/shard/codec.h"
#include "synth/shard/verify.h"
#include "tests/synth/shard/scratch.h"
#include "tests/synth/shard/tiny_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace radforge::shard {
namespace {

using testing::HasSubstr;
const std::string kPython = "/usr/bin/python3 -c ";

class IndexTest : public testing::Test {
protected:
    IndexTest() { test::write_tiny_dataset(plan_, {2}); }
    std::string text(const std::string& name) const { return test::slurp(scratch_ / name); }
    std::string python(const std::string& code) const {
        return test::shell("cd " + scratch_.path() + " && /usr/bin/python3 - <<'END'\n" + code + "\nEND")
            .output;
    }

    test::Scratch scratch_;
    DatasetPlan plan_ = test::tiny_plan(scratch_.path(), 4);
};

constexpr char kNames[] =
    "toy-000000000.photo.png\ntoy-000000000.map.npy\ntoy-000000000.depth.npy\ntoy-000000000.hu.npy.gz\ntoy-"
    "000000000.meta.json\n"
    "toy-000000001.photo.png\ntoy-000000001.map.npy\ntoy-000000001.depth.npy\ntoy-000000001.hu.npy.gz\ntoy-"
    "000000001.meta.json\n"
    "toy-000000003.photo.png\ntoy-000000003.map.npy\ntoy-000000003.depth.npy\ntoy-000000003.hu.npy.gz\ntoy-"
    "000000003.meta.json\n";

TEST_F(IndexTest, GnuTarBsdtarAndPythonListTheSameMembersWithoutComplaint) {
    const std::string cd = "cd " + scratch_.path() + " && ";
    for (const std::string& command :
         {cd + "tar -tf toy-train-000000.tar", cd + "cat toy-train-000000.tar | tar -tf -",
          cd + "bsdtar -tf toy-train-000000.tar", cd + "cat toy-train-000000.tar | bsdtar -tf -"}) {
        const auto result = test::shell(command);
        EXPECT_EQ(result.exit_code, 0) << command;
        EXPECT_EQ(result.output, kNames) << command;
    }
    for (const char* const mode : {"r:", "r|"})
        EXPECT_EQ(
            python(
                std::string("import tarfile\nfor m in tarfile.open('toy-train-000000.tar','") + mode +
                "'):\n  print(m.name)\n  assert (m.mode,m.uid,m.gid,m.mtime,m.isreg())==(0o444,0,0,0,True)"),
            kNames)
            << mode;
}

TEST_F(IndexTest, ScriptOfTheCardReadsTheValuesBack) {
    const std::string card = text("README.md");
    const size_t begin = card.find("```python\n") + 10, end = card.find("```", begin);
    const std::string script = card.substr(begin, end - begin);
    EXPECT_EQ(python(script),
              "toy-000000000 {'photo': (2, 3, 3), 'map': (2, 2, 2), 'depth': (1, 2, 2), 'hu': (1, 1, 2), "
              "'meta': ''}\n"
              "toy-000000001 {'photo': (2, 3, 3), 'map': (2, 2, 2), 'depth': (1, 2, 2), 'hu': (1, 1, 2), "
              "'meta': ''}\n"
              "toy-000000003 {'photo': (2, 3, 3), 'map': (2, 2, 2), 'depth': (1, 2, 2), 'hu': (1, 1, 2), "
              "'meta': ''}\n");
    EXPECT_THAT(
        python(script +
               "\ns = dict(samples('toy-*.tar'))['toy-000000003']\nprint(s['map'].ravel().round(4).tolist(), "
               "s['depth'].ravel().tolist(), s['hu'].dtype, s['hu'].ravel().tolist(), "
               "s['photo'][0,0].tolist(), s['meta']['index'])"),
        HasSubstr("[0.0, 0.25, 0.5, 1.0, 0.75, 0.75, 0.75, 0.0] [nan, 1.0, 2.5, 1.75] int16 [-1000, 43] [3, "
                  "13, 23] 3\n"));
}

TEST_F(IndexTest, DaliIndexPointsAtTheMembers) {
    EXPECT_EQ(python("import tarfile\n"
                     "lines=open('index/toy-train-000000.idx').read().split('\\n')\n"
                     "members=list(tarfile.open('toy-train-000000.tar'))\n"
                     "out='v1.2 3\\n'\n"
                     "for k in range(3):\n"
                     "  out+=' '.join('%s %d %d %s'%(m.name.split('.',1)[1],m.offset_data,m.size,m.name) for "
                     "m in members[5*k:5*k+5])+'\\n'\n"
                     "print(out=='\\n'.join(lines))"),
              "True\n");
}

TEST_F(IndexTest, SumsAreThoseOfTheMembers) {
    const std::string tar = text("toy-train-000000.tar"), sums = text("index/toy-train-000000.sum");
    uint64_t hash = 0, size = 0, offset = 0;
    int lines = 0;
    for (size_t at = 0; at < sums.size(); at = sums.find('\n', at) + 1, ++lines) {
        ASSERT_EQ(sscanf(sums.c_str() + at, "%lx %lu %lu toy-", &hash, &size, &offset), 3);
        EXPECT_EQ(xxh3_64(bytes_of(tar.substr(offset, size))), hash);
    }
    EXPECT_EQ(lines, 15);
}

TEST_F(IndexTest, ManifestAndWidsListAgreeWithTheFiles) {
    EXPECT_EQ(
        python("import json,hashlib,os\n"
               "m=json.load(open('manifest.json'));w=json.load(open('index/shards.json'))\n"
               "b=open('toy-train-000000.tar','rb').read();s=m['shards'][0]\n"
               "print(s['sha256']==hashlib.sha256(b).hexdigest(),s['bytes']==len(b),s['samples'],s['first_"
               "key'],s['last_key'])\n"
               "print(s['content_sha256']==hashlib.sha256(b[:-512]).hexdigest(),b[-512:-504])\n"
               "print(m['quarantined'])\n"
               "print(os.path.samefile('index/"
               "'+w['shardlist'][0]['url'],'toy-train-000000.tar'),w['shardlist'][0]['nsamples'],w['wids_"
               "version'])\n"
               "print(m['config_sha256']==hashlib.sha256(open('config.toml','rb').read()).hexdigest())"),
        "True True 3 toy-000000000 toy-000000003\nTrue b'radforge'\n"
        "[{'key': 'toy-000000002', 'reason': 'broken in a.dcm', 'shard': 'toy-train-000000.tar'}]\nTrue 3 "
        "1\nTrue\n");
}

TEST_F(IndexTest, StatisticsAreThoseThatNumpyFinds) {
    EXPECT_EQ(
        python(
            "import json,tarfile,io,numpy as np\n"
            "d=[np.load(io.BytesIO(t.extractfile(m).read())) for t in [tarfile.open('toy-train-000000.tar')] "
            "for m in t if 'depth' in m.name]\n"
            "d=np.stack(d).astype(float);c=json.load(open('stats.json'))['fields']['depth']['channels'][0]\n"
            "v=d[np.isfinite(d)]\n"
            "print(c['count']==v.size,c['invalid']==np.isnan(d).sum(),c['lowest']==v.min(),c['highest']==v."
            "max(),"
            "abs(c['mean']-v.mean())<1e-12,abs(c['deviation']-v.std())<1e-12)"),
        "True True True True True True\n");
}

TEST_F(IndexTest, EverythingDerivedComesBackFromTheTarsByteForByte) {
    const std::string before = test::fingerprint(scratch_.path());
    const std::string reasons = text("index/toy-train-000000.quarantine.json");
    std::filesystem::remove_all(scratch_ / "index");
    for (const char* const name : {"manifest.json", "stats.json", "README.md"})
        std::filesystem::remove(scratch_ / name);
    rebuild_index(scratch_.path());
    EXPECT_THAT(text("manifest.json"), HasSubstr("not recorded"));
    test::spill(scratch_ / "index/toy-train-000000.quarantine.json", reasons);
    rebuild_index(scratch_.path());
    EXPECT_EQ(test::fingerprint(scratch_.path()), before);
}

TEST_F(IndexTest, DamagedReasonsOfQuarantineAreLostAndNoMore) {
    const std::string log = "index/toy-train-000000.quarantine.json";
    for (const char* const damage : {"{\"a", "[]", "{\"toy-000000003\": 3}"}) {
        test::spill(scratch_ / log, damage);
        rebuild_index(scratch_.path());
        EXPECT_THAT(text("manifest.json"), HasSubstr("not recorded"));
        Logger quiet(LogFormat::Text, true);
        const VerifyReport report = verify(scratch_.path(), {}, quiet);
        ASSERT_EQ(report.problems.size(), 1u) << damage;
        EXPECT_THAT(report.problems[0].what, HasSubstr("delete it"));
    }
    std::filesystem::remove(scratch_ / log);
    Logger quiet(LogFormat::Text, true);
    EXPECT_TRUE(verify(scratch_.path(), {}, quiet).problems.empty());
    test::spill(scratch_ / "preview.png", "no picture");
    EXPECT_EQ(verify(scratch_.path(), {}, quiet).problems.size(), 1u);
}

TEST_F(IndexTest, StaleIndexOfAnEarlierShardIsMadeAgain) {
    const std::string idx = text("index/toy-train-000000.idx");
    test::spill(scratch_ / "index/toy-train-000000.stats.json", "{\"content_sha256\":\"old\"}");
    test::spill(scratch_ / "index/toy-train-000000.idx", "v1.2 0\n");
    rebuild_index(scratch_.path());
    EXPECT_EQ(text("index/toy-train-000000.idx"), idx);
}

TEST_F(IndexTest, PreviewIsDrawnFromSamplesAllOverTheSet) {
    std::vector<uint64_t> seen;
    IndexOptions options;
    options.preview_samples = 2;
    options.contact_sheet = [&](const std::vector<Sample>& samples) {
        for (const Sample& sample : samples) seen.push_back(sample.key.index);
        return std::get<Image>(samples[0].fields[0].value);
    };
    rebuild_index(scratch_.path(), options);
    EXPECT_THAT(seen, testing::ElementsAre(0, 3));
    EXPECT_EQ(decode_png(bytes_of(text("preview.png"))).width_px, 3);
}

TEST_F(IndexTest, IncompleteSetIsAnError) {
    DatasetPlan larger = plan_;
    larger.count = 5;
    test::spill(scratch_ / "plan.json", plan_json(larger));
    EXPECT_THROW(rebuild_index(scratch_.path()), Error);
}

TEST_F(IndexTest, DatasetFindsSamplesByIndex) {
    const Dataset dataset(scratch_.path());
    EXPECT_EQ(dataset.sample_count(), 3u);
    const auto sample = dataset.find(3);
    ASSERT_TRUE(sample);
    EXPECT_EQ(sample->split, "train");
    EXPECT_EQ(std::get<Image>(sample->fields[0].value).bytes,
              std::get<Image>(test::tiny_sample(plan_, 3).fields[0].value).bytes);
    EXPECT_FALSE(dataset.find(2));
    EXPECT_FALSE(dataset.find(77));
    EXPECT_THROW(Dataset("/tmp"), Error);
}

}  // namespace
}  // namespace radforge::shard
